"""Whatever stands in a run folder: a documented status, the place, nothing changed, nothing written outside of it."""

import gc
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from dlcli.api import show_run
from dlcli.artifacts.run import Run
from dlcli.artifacts.summary import compare, list_runs
from dlcli.artifacts.tensor_file import encode
from dlcli.cli import main
from dlcli.errors import RunError
from dlcli.terminal import comparison
from dlcli.terminal import runs as shown
from tests.commands.conftest import CSV
from tests.odd import changed, variants

CONFIG = CSV + "schedule: reduce_on_plateau\ntraining: {epochs: 2}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with data and a run."""
    folder, before = tmp_path_factory.mktemp("odd"), Path.cwd()
    (folder / "a.csv").write_text(
        "a,b,y\n" + "".join(f"{i % 7},{i % 5},{'no yes'.split()[i % 2]}\n" for i in range(60))
    )
    (folder / "c.yaml").write_text(CONFIG)
    try:
        os.chdir(folder)
        assert main(["train", "c.yaml", "--quiet", "--json"]) == 0
    finally:
        os.chdir(before)
        gc.enable()
    return folder


@pytest.fixture
def run(made, tmp_path) -> Path:
    """A copy of the run, beside the data."""
    shutil.copy(made / "a.csv", tmp_path)
    path = next((made / "runs").iterdir())
    shutil.copytree(path, tmp_path / "runs" / path.name)
    return tmp_path / "runs" / path.name


def signed(run: Path, state: dict) -> None:
    """Put another state into the last checkpoint, for which it and its pointer then vouch."""
    pointer = run / "checkpoints" / "last.json"
    target = json.loads(pointer.read_text())
    pieces, target["sha256"] = encode(Run.open(run).load("last").arrays, {"state": json.dumps(state)})
    (run / "checkpoints" / target["name"]).write_bytes(b"".join(pieces))
    pointer.write_text(json.dumps(target))


def contents(folder: Path) -> dict:
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name != "lock"
    }


COLUMN = ("data", "fitted", "columns", 0)
READERS = (["evaluate", "last"], ["predict", "last", "a.csv"], ["resume", "last"], ["inspect-gradients", "last"])
STATES = {
    "task": (("data", "task"), "murder"),
    "columns empty": (("data", "fitted", "columns"), []),
    "columns text": (("data", "fitted", "columns"), "a"),
    "source of an unknown option": (("data", "fitted", "source"), {"csv": {"evil": 1}}),
    "another source": (("data", "fitted", "source"), {"os": {}}),
    "step of code": ((*COLUMN, "steps", 0, "kind"), "../../..FOLDER"),
    "step that the config has not": ((*COLUMN, "steps", 0), {"kind": "log"}),
    "step with odd numbers": ((*COLUMN, "steps", 0, "mean"), "1.0"),
    "step of other numbers": ((*COLUMN, "steps", 0, "mean"), 99.0),
    "labels too few": (("data", "labels"), ["no"]),
    "labels changed": (("data", "labels"), ["yes", "no"]),
    "input shape negative": (("data", "inputs", "x", "shape"), [-2]),
    "no data": (("data",), None),
    "data a list": (("data",), [1]),
    "another step than its name": (("step",), 3),
    "step of 300 digits": (("step",), 10**300),
    "no schema": (("schema_version",), "1"),
    "config of the record": (("made", "config", "seed"), 9),
    "files of the record": (("made", "files"), []),
}


@pytest.mark.parametrize("case", STATES)
def test_a_state_that_does_not_fit_is_refused_and_nothing_is_changed(dlcli, run, case):
    signed(run, changed(Run.open(run).load("last").state, *STATES[case]))
    before = contents(run)
    for arguments in READERS:
        result = dlcli(*arguments, "--json")
        judged_by_its_own_data = (
            case == "step of other numbers" and arguments[0] == "predict"
        )  # nothing else knows better
        assert result.status == (0 if judged_by_its_own_data else 5), (arguments, result.err)
        assert judged_by_its_own_data or run.name in result.err
    assert contents(run) == before
    for arguments in (["runs"], ["runs", "show", "last", "--no-plots"], ["compare", "last", "last"]):
        assert dlcli(*arguments).status in (0, 5)


def test_no_value_in_run_json_keeps_runs_from_being_listed_and_compared(run, capsys):
    path = run / "run.json"
    info = json.loads(path.read_text())
    refused = 0
    for name, odd in [
        *variants(info),
        *(
            (f"metrics of {size}", info | {"metrics": {"train": {f"m{i}": 10**size for i in range(2000)}}})
            for size in (19, 307, 400)
        ),
    ]:
        path.write_text(json.dumps(odd))
        (row,) = list_runs(run.parent)
        shown.show_list([row], run.parent)
        try:
            found = Run.open(run)
            comparison.show(compare([found, found]))
            shown.show(show_run(run, plots=False))
        except RunError as error:
            refused += 1
            assert row["problem"] and "run.json" in error.where, name
    assert refused > 20
    capsys.readouterr()


JOURNAL = [
    ("epochs without train", [{"kind": "epoch", "epoch": 1, "step": 2, "learning_rate": 1, "gradient_norm": 1}], 5),
    (
        "train a list",
        [{"kind": "epoch", "epoch": 1, "step": 2, "train": [1], "learning_rate": 1, "gradient_norm": 1}],
        5,
    ),
    (
        "loss a text",
        [{"kind": "epoch", "epoch": 1, "step": 2, "train": {"loss": "x"}, "learning_rate": 1, "gradient_norm": 1}],
        5,
    ),
    (
        "loss of 300 digits",
        [{"kind": "epoch", "epoch": 1, "step": 2, "train": {"loss": 10**300}, "learning_rate": 1, "gradient_norm": 1}],
        5,
    ),
    (
        "epoch a text",
        [{"kind": "epoch", "epoch": "one", "step": 2, "train": {}, "learning_rate": 1, "gradient_norm": 1}],
        5,
    ),
    (
        "no loss",
        [{"kind": "epoch", "epoch": 1, "step": 2, "train": {}, "learning_rate": None, "gradient_norm": None}],
        0,
    ),
]


@pytest.mark.parametrize("name, records, status", JOURNAL, ids=[case[0] for case in JOURNAL])
def test_odd_epochs_in_the_journal(dlcli, run, name, records, status):
    (run / "metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    result = dlcli("inspect-gradients", "last", "--steps", "2")
    assert result.status in ((5,) if status else (0, 8)) and "Traceback" not in result.err
    assert not status or "metrics.jsonl: epochs.0" in result.err
    for arguments in (
        ["runs"],
        ["runs", "show", "last", "--no-plots"],
        ["compare", "last", "last"],
        ["evaluate", "last"],
    ):
        assert dlcli(*arguments).status == 0


def test_thousands_of_metrics_are_shown_without_a_picture_each(run):
    from dlcli.figures.curves import MOST, curves

    scores = {f"m{i}": i / 7 for i in range(2000)}
    record = {
        "kind": "epoch",
        "epoch": 1,
        "step": 2,
        "train": scores | {"loss": 1.0},
        "validation": scores,
        "learning_rate": 1,
    }
    (run / "metrics.jsonl").write_text(json.dumps(record) + "\n")
    drawn = curves(Run.open(run))
    assert len(drawn) == MOST + 1 and drawn[0].name == "loss"


FILES = [
    "config.yaml",
    "config.resolved.json",
    "run.json",
    "metrics.jsonl",
    "lock",
    "rows.safetensors",
    "checkpoints/last.json",
    "checkpoints",
]
PUT = {
    "pipe": lambda path, data: os.mkfifo(path),
    "folder": lambda path, data: path.mkdir(),
    "link": lambda path, data: path.symlink_to(data),
    "dangling link": lambda path, data: path.symlink_to(data.with_name("new.csv")),
    "hard link": lambda path, data: os.link(data, path),
    "device": lambda path, data: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", PUT)
@pytest.mark.parametrize("name", FILES)
def test_what_stands_in_a_files_place_is_neither_waited_for_nor_written_through(dlcli, run, name, kind):
    def hang(*_):
        raise AssertionError("it waits")

    data = run.parent.parent / "a.csv"
    before = data.read_bytes()
    shutil.rmtree(run / name) if (run / name).is_dir() else (run / name).unlink()
    PUT[kind](run / name, data)
    signal.signal(signal.SIGALRM, hang)
    signal.alarm(30)
    try:
        for arguments in (
            ["resume", run],
            ["evaluate", run],
            ["runs", "show", run, "--no-plots"],
            ["compare", run, run],
            ["runs"],
        ):
            result = dlcli(*arguments)
            assert result.status in (0, 3, 4, 5), result.err
            assert "Traceback" not in result.err
            if arguments[0] == "resume" and name in ("metrics.jsonl", "lock"):
                assert result.status == 5 and name in result.err
    finally:
        signal.alarm(0)
    assert data.read_bytes() == before and sorted(os.listdir(data.parent)) == ["a.csv", "runs"]


def test_a_run_that_did_not_end_well_is_said_to_be_so(dlcli, run):
    info = json.loads((run / "run.json").read_text())
    for status, said in (
        ("interrupted", "was interrupted after epoch 2"),
        ("diverged", "diverged after epoch 2"),
        ("failed", "failed"),
        ("running", "ended with a crash"),
        ("created", "has not begun"),
    ):
        (run / "run.json").write_text(json.dumps(info | {"status": status}))
        shown = "crashed" if status == "running" else status
        result = dlcli("evaluate", "last")
        assert result.status == 0 and said in result.err and f"{run.name} ({shown})" in result.out
        assert (f"dlcli resume runs/{run.name}" in result.err) == (shown in ("interrupted", "crashed"))
        for arguments in (["evaluate", "last"], ["predict", "last", "a.csv"]):
            told = dlcli(*arguments, "--json")
            assert told.document["status"] == shown and said in told.err
        assert dlcli("compare", "last", "last", "--json").document["status"] == [shown] * 2
        assert f"{run.name} ({shown})" in dlcli("compare", "last", "last").out
    with Run.open(run).lock():
        (run / "run.json").write_text(json.dumps(info | {"status": "running"}))
        assert "is still being trained" in dlcli("evaluate", "last").err


def test_a_damaged_last_checkpoint_is_not_judged_by_another(dlcli, run):
    path = run / "checkpoints" / json.loads((run / "checkpoints" / "last.json").read_text())["name"]
    data = bytearray(path.read_bytes())
    data[-50] ^= 1
    path.write_bytes(data)
    for arguments in (
        ["evaluate", "last"],
        ["predict", "last", "a.csv"],
        ["train", run.parent.parent / "c.yaml", "init_from.run=last"],
    ):
        (run.parent.parent / "c.yaml").write_text(CONFIG)
        result = dlcli(*arguments, "--json")
        assert result.status == 5 and "sha256" in result.document["error"]["problem"], arguments
    assert "steps 0, 4" in dlcli("evaluate", "last").err
    untrained = dlcli("evaluate", "last", "--checkpoint", "0")
    assert untrained.status == 0 and "these weights are untrained" in untrained.err
    assert dlcli("resume", "last").status == 0 and dlcli("evaluate", "last").status == 0
