"""A run that is interrupted goes on where it stopped, and ends with the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlcli.artifacts.run import Run
from tests.commands.conftest import WINE, calls

LONG = WINE.replace("epochs: 8", "epochs: 600, batch_size: 8, early_stop: {patience: 600}")
ARGUMENTS = ["train", "wine.yaml", "--json", "--quiet"]


@pytest.fixture
def start(tmp_path):
    """Start a long training, and hand it over once it has done some steps."""
    (tmp_path / "wine.yaml").write_text(LONG)

    def start(*overrides) -> tuple[subprocess.Popen, Path]:
        process = subprocess.Popen([sys.executable, "-m", "dlcli", *ARGUMENTS, *overrides], cwd=tmp_path, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
        end = time.monotonic() + 300
        while time.monotonic() < end:
            found = list((tmp_path / "runs").glob("*/metrics.jsonl"))
            if found and found[0].stat().st_size > 4000:
                return process, found[0].parent
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        raise AssertionError("training has not begun")

    return start


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> str:
    """The weights of the long training that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "wine.yaml").write_text(LONG)
    done = calls(" ".join(ARGUMENTS), cwd=folder)
    return json.loads(done.stdout.rstrip("\f"))["weights_sha256"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_saved_and_resume_gives_the_same_weights(start, dlcli, whole, number, status):
    process, run = start()
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    assert process.returncode == status and '"status":"interrupted"' in out
    assert f"dlcli resume runs/{run.name}" in err and Run.open(run).status == "interrupted"
    resumed = dlcli("resume", run.name, "--json", "--quiet").document
    assert (resumed["status"], resumed["epochs"]) == ("completed", 600)
    assert resumed["weights_sha256"] == whole


def test_a_second_interrupt_leaves_at_once_and_says_how_to_go_on(dlcli, tmp_path, monkeypatch):
    from dlcli.training.loop import Trainer

    def interrupted(self):
        raise KeyboardInterrupt

    (tmp_path / "wine.yaml").write_text(WINE)
    monkeypatch.setattr(Trainer, "train", interrupted)
    result = dlcli("train", "wine.yaml")
    run = next((tmp_path / "runs").iterdir())
    assert (
        result.status == 130 and f"dlcli resume runs/{run.name}" in result.err and Run.open(run).status == "interrupted"
    )
    assert dlcli("train", "wine.yaml", "--json").document["error"]["status"] == 130


def test_a_killed_run_has_crashed_and_resumes_to_the_same_weights(start, dlcli):
    process, run = start(
        "training.shards=2", "--workers", "2", "training.checkpoint={every_steps: 150}", "training.epochs=300"
    )
    process.kill()
    process.wait()
    assert Run.open(run).status == "crashed"
    resumed = dlcli("resume", run, "--json", "--quiet").document
    assert (
        resumed["weights_sha256"]
        == dlcli(*ARGUMENTS, "training.shards=2", "training.epochs=300").document["weights_sha256"]
    )
    epochs = [record["epoch"] for record in Run.open(run).journal.read("epoch")]
    assert epochs == list(range(1, 301))


def test_a_run_cannot_be_written_by_two(start, dlcli):
    process, run = start()
    try:
        result = dlcli("resume", run.name)
        assert result.status == 5 and f"locked by pid {process.pid}" in result.err
    finally:
        process.kill()
        process.wait()


def test_a_complete_run_stays_as_it_is(dlcli, tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE.replace("monitor", "early_stop: {patience: 2}, monitor"))
    first = dlcli(*ARGUMENTS).document
    again = dlcli("resume", "last", "--json").document
    assert {**again, "seconds": 0, "memory_bytes": 0} == {**first, "seconds": 0, "memory_bytes": 0}
    said = dlcli("resume", "last").err
    assert "complete already, after epoch" in said and "going on" not in said


def test_a_run_without_a_checkpoint_begins_anew(dlcli, tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)
    first = dlcli(*ARGUMENTS).document
    for path in (tmp_path / first["run"] / "checkpoints").iterdir():
        path.unlink()
    assert dlcli("resume", "last", "--json", "--quiet").document["weights_sha256"] == first["weights_sha256"]


def test_other_data_is_refused(dlcli, tmp_path):
    rows = "\n".join(f"{i},{i % 7},{'ab'[i % 2]}" for i in range(60))
    (tmp_path / "t.csv").write_text("x,y,label\n" + rows)
    (tmp_path / "t.yaml").write_text("data: {source: {csv: {file: t.csv, target: label}}, split: {train: 1.0}}\n"
                                     "network: [{linear: {units: 2}}]\nloss: cross_entropy\noptimizer: adam\n")
    assert dlcli("train", "t.yaml", "--quiet").status == 0
    (tmp_path / "t.csv").write_text("x,y,label\n1,1,b\n" + rows)
    result = dlcli("resume", "last")
    assert result.status == 4 and "t.csv" in result.err and "sha256" in result.err
