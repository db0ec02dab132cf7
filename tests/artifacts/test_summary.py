"""Lists and comparisons of runs, good, unfinished and broken."""

import json

import pytest

from dlcli.artifacts.run import Run
from dlcli.artifacts.summary import compare, list_runs
from dlcli.errors import RunError
from tests.artifacts.rig import new_run

METRICS = {"train": {"loss": 0.1, "accuracy": 0.99}, "validation": {"loss": 0.2, "accuracy": None}}


def test_a_finished_run_is_described_by_its_run_json(tmp_path):
    run = new_run(tmp_path)
    run.update(status="completed", epochs=3, steps=90, parameters=1234, seconds=1.5, metrics=METRICS)
    assert list_runs(tmp_path) == [
        {
            "name": run.path.name,
            "path": str(run.path),
            "status": "completed",
            "created": run.info["created"],
            "epochs": 3,
            "steps": 90,
            "parameters": 1234,
            "seconds": 1.5,
            "positive": None,
            "metrics": METRICS,
            "problem": None,
        }
    ]


def test_an_unfinished_run_is_described_by_its_last_epoch(tmp_path):
    run = new_run(tmp_path)
    run.update(status="running")
    run.journal.append({"kind": "epoch", "epoch": 1, "step": 30, "train": {"loss": 1.0}},
                       {"kind": "epoch", "epoch": 2, "step": 60, "seconds": 0.5, "train": {"loss": 0.5}, "best": True},
                       {"kind": "step", "step": 61})
    with run.lock():
        assert list_runs(tmp_path)[0]["status"] == "running"
    row, = list_runs(tmp_path)
    assert (row["status"], row["epochs"], row["steps"], row["seconds"]) == ("crashed", 2, 60, 0.5)
    assert row["metrics"] == {"train": {"loss": 0.5}}


def test_broken_folders_are_listed_with_the_problem(tmp_path):
    good = new_run(tmp_path)
    torn = new_run(tmp_path, "torn")
    (torn.path / "run.json").write_bytes(b'{"name"')
    odd = new_run(tmp_path, "odd")
    info = json.loads((odd.path / "run.json").read_text())
    info |= {
        "created": 5,
        "epochs": "many",
        "steps": True,
        "metrics": {"train": {"loss": "low", "mse": 1}, "validation": [1], "?": None},
    }
    (odd.path / "run.json").write_text(json.dumps(info))
    (tmp_path / "notes").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "file").write_bytes(b"")
    rows = {row["name"]: row for row in list_runs(tmp_path)}
    assert set(rows) == {good.path.name, torn.path.name, odd.path.name, "notes"}
    assert rows[good.path.name]["problem"] is None
    assert "run.json" in rows[torn.path.name]["problem"]
    assert "not a run folder" in rows["notes"]["problem"]
    row = rows[odd.path.name]
    assert (row["created"], row["epochs"], row["steps"], row["metrics"]) == (None, None, None, {"train": {"mse": 1}})


def test_the_oldest_comes_first_and_no_folder_is_no_runs(tmp_path):
    for name, created in (("b", "2025-01-02T00:00:00Z"), ("a", "2025-01-03T00:00:00Z"), ("c", "2025-01-01T00:00:00Z")):
        new_run(tmp_path, name).update(created=created)
    assert [row["name"][0] for row in list_runs(tmp_path)] == ["c", "b", "a"]
    assert list_runs(tmp_path / "nothing") == []
    with pytest.raises(RunError):
        list_runs(next(tmp_path.glob("a-*")) / "run.json")


def test_compare_shows_what_differs_by_path_and_all_metrics(tmp_path):
    def config(rate, *layers):
        return {"optimizer": {"adam": {"learning_rate": rate}}, "seed": 0, "prepare": [], "columns": ["a", "b"],
                "network": [{"linear": {"units": units}, "name": name} for name, units in layers]}
    one = Run.create(tmp_path, "one", b"", config(1e-3, ("hidden", 64), ("out", 10)), {"metrics": METRICS})
    two = Run.create(
        tmp_path,
        "two",
        b"",
        config(1e-2, ("hidden", 64), ("extra", 32), ("out", 10)),
        {"metrics": {"test": {"loss": 0.3}}},
    )
    found = compare([one, two])
    assert found["runs"] == [one.path.name, two.path.name]
    assert found["config"] == {"optimizer.adam.learning_rate": [1e-3, 1e-2], "network.extra.linear.units": [None, 32],
                               "network.extra.name": [None, "extra"]}
    assert found["metrics"] == {
        "train.loss": [0.1, None],
        "train.accuracy": [0.99, None],
        "validation.loss": [0.2, None],
        "validation.accuracy": [None, None],
        "test.loss": [None, 0.3],
    }
    assert compare([one, one])["config"] == {}
    turned = Run.create(tmp_path, "turned", b"", config(1e-2, ("out", 10), ("hidden", 64), ("extra", 32)), {})
    assert compare([two, turned])["config"] == {
        "network.order": [["hidden", "extra", "out"], ["out", "hidden", "extra"]]
    }


def test_lists_without_names_compare_by_index(tmp_path):
    runs = [
        Run.create(tmp_path, "x", b"", {"prepare": prepare, "betas": betas}, {})
        for prepare, betas in (
            ([{"log": {}}, {"scale": {"by": 1}}], [0.9, 0.99]),
            ([{"log": {}}, {"scale": {"by": 2}}], [0.9, 0.999]),
        )
    ]
    assert compare(runs)["config"] == {"prepare.1.scale.by": [1, 2], "betas": [[0.9, 0.99], [0.9, 0.999]]}
