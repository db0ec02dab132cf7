"""Signals, and workers that are killed: the run ends within seconds, is saved as far as it can be, and leaves no
process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlcli.artifacts.run import Run
from dlcli.storage import atomic
from dlcli.training.interrupt import Stopped, StopRequest
from dlcli.training.scores import weights_sha256
from tests.training.runs import build, make_run, train

CONFIG = Path(__file__).parents[2] / "configs/digits_mlp.yaml"


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def test_the_first_signal_is_a_wish_and_an_interrupt_after_it_an_order():
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    for first in (signal.SIGINT, signal.SIGTERM):
        with StopRequest() as request:
            request.check()
            send(first)
            assert request.number == first
            with pytest.raises(Stopped):
                request.check()
            with pytest.raises(KeyboardInterrupt):
                send(signal.SIGINT)
                time.sleep(1)
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


class AtSync:
    """Sends signals at the n-th time that something is brought to the disk."""

    def __init__(self, monkeypatch, at: int, *numbers: int):
        self.calls, self.at, self.numbers, self.fsync = 0, at, numbers, atomic.ops.fsync
        monkeypatch.setattr(atomic.ops, "fsync", self)

    def __call__(self, file):
        self.calls += 1
        if self.calls == self.at:
            for number in self.numbers:
                send(number)
        self.fsync(file)


@pytest.mark.parametrize("at", [3, 9, 12])
def test_a_signal_during_a_save_ends_the_run_after_it(at, tmp_path, monkeypatch):
    every = "training.checkpoint={every_steps: 5}"
    reference, e = train(build(every)), build(every)
    run = make_run(tmp_path, e)
    AtSync(monkeypatch, at, signal.SIGTERM)
    first = train(e, run)
    assert (
        first.status == "interrupted"
        and run.checkpoints.latest().state["step"] == first.progress.step < reference.progress.step
    )
    assert weights_sha256(train(build(every), run, resumed=True).network) == weights_sha256(reference.network)
    run.journal.close()


@pytest.mark.parametrize("at", [1, 7, 9, 11, 14])
def test_a_second_interrupt_during_a_save_damages_nothing(at, tmp_path, monkeypatch):
    every = "training.checkpoint={every_steps: 5}"
    reference, e = train(build(every)), build(every)
    run = make_run(tmp_path, e)
    AtSync(monkeypatch, at, signal.SIGINT, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(e, run)
    assert not list(run.checkpoints.folder.glob("*.tmp"))
    resumed = train(build(every), run, resumed=True)
    assert weights_sha256(resumed.network) == weights_sha256(reference.network)
    run.journal.close()


class Program:
    """`dlcli train` with two shards and workers, once it has begun to train."""

    def __init__(self, runs: Path, *overrides: str):
        arguments = [
            "train",
            str(CONFIG),
            "~training.early_stop",
            "training.shards=2",
            *overrides,
            "--workers",
            "2",
            "--runs",
            str(runs),
        ]
        self.process = subprocess.Popen([sys.executable, "-m", "dlcli", *arguments, "--json", "--quiet"], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 300
        while not list(runs.glob("*/checkpoints/last.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        (self.folder,) = (path.parent for path in runs.glob("*/run.json"))
        self.workers = [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def end(self) -> dict:
        """Wait until it has ended, which takes seconds at most; returns what it printed."""
        start = time.monotonic()
        out, self.errors = self.process.communicate(timeout=300)
        self.seconds = time.monotonic() - start
        return json.loads(out) if out else {}

    @property
    def status(self) -> str:
        return Run.open(self.folder).status

    def leaves_nothing(self) -> bool:
        return len(self.workers) == 1 and not any(Path(f"/proc/{pid}").exists() for pid in self.workers)


def test_a_killed_worker(tmp_path):
    program = Program(tmp_path, "training.epochs=100000")
    os.kill(program.workers[0], signal.SIGKILL)
    error = program.end()["error"]
    assert program.process.returncode == error["status"] == 5 and program.seconds < 5
    assert (error["where"], error["problem"]) == (
        "worker 1",
        "was ended by signal 9",
    ) and "Traceback" not in program.errors
    assert program.status == "failed" and program.leaves_nothing()


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_and_ends(number, code, tmp_path):
    program = Program(tmp_path, "training.epochs=100000")
    program.process.send_signal(number)
    document = program.end()
    assert (
        program.process.returncode == code
        and program.seconds < 5
        and document["status"] == program.status == "interrupted"
    )
    assert Run.open(program.folder).steps()[-1] == document["steps"] > 0 and program.leaves_nothing()


def test_a_second_interrupt_leaves_at_once_even_where_a_worker_hangs(tmp_path):
    program = Program(tmp_path, "training.epochs=100000")
    os.kill(program.workers[0], signal.SIGSTOP)
    for _ in range(2):
        time.sleep(0.2)
        program.process.send_signal(signal.SIGINT)
    program.end()
    assert program.process.returncode == 130 and program.seconds < 5 and "Traceback" not in program.errors
    assert program.status == "interrupted" and Run.open(program.folder).steps() == [0] and program.leaves_nothing()
