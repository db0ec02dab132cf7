"""A run that is no longer what it was trained as does not go on, and is not judged, as if it were."""

import json
import shutil
from pathlib import Path

import pytest

from dlcli.artifacts import drift
from dlcli.artifacts.environment import environment

CONFIG = """\
name: base
data: {source: {csv: {file: a.csv, target: y}}, split: {train: 0.6, validation: 0.2, test: 0.2}, prepare: [standardize]}
network: [{linear: {units: 3}}, tanh, {dropout: {p: 0.2}}, {linear: {units: 2}}]
loss: cross_entropy
optimizer: {adam: {learning_rate: 0.02}}
training: {epochs: 2}
"""


@pytest.fixture
def run(dlcli, tmp_path) -> Path:
    (tmp_path / "a.csv").write_text(
        "a,b,y\n" + "".join(f"{i % 7},{i % 5},{'no yes'.split()[i % 2]}\n" for i in range(60))
    )
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path / dlcli("train", "c.yaml", "--json", "--quiet", "training.epochs=3").document["run"]


def contents(folder: Path) -> dict:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def change(path: Path, *keys, value=None):
    """Set one value in a JSON file; take it out without one."""
    whole = json.loads(path.read_text())
    place = whole
    for key in keys[:-1]:
        place = place[key]
    if value is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    path.write_text(json.dumps(whole))


RESOLVED = {
    "optimizer.adam.learning_rate": (("optimizer", "adam", "learning_rate"), 0.5, "0.02"),
    "training.batch_size": (("training", "batch_size"), 7, "32"),
    "seed": (("seed",), 1, "0"),
    "network.dropout1.dropout.p": (("network", 2, "dropout", "p"), 0.3, "0.2"),
    "loss.cross_entropy.label_smoothing": (("loss", "cross_entropy", "label_smoothing"), 0.1, "0.0"),
    "network.tanh1.tanh": (("network", 1), {"relu": {}, "name": "tanh1"}, "{}"),
    "data.split.seed": (("data", "split", "seed"), 3, "not there"),
    "training.epochs": (("training", "epochs"), 30, "3"),
}


@pytest.mark.parametrize("path", RESOLVED)
def test_a_changed_config_is_neither_gone_on_with_nor_judged(dlcli, run, path):
    keys, value, was = RESOLVED[path]
    change(run / "config.resolved.json", *keys, value=value)
    before = contents(run)
    for arguments in (["resume", run], ["evaluate", run], ["predict", run, "a.csv"], ["inspect-gradients", run]):
        result = dlcli(*arguments, "--json")
        assert result.status == 5, arguments
        error = result.document["error"]
        found = {part["what"]: part for part in error["differences"]}
        assert f"config.resolved.json.{path}" in found
        assert f"\n  config.resolved.json.{path} was {was}, is" in result.err
        assert f"init_from.run={run}" in error["hint"]
    assert contents(run) == before
    assert "was changed since" in dlcli("compare", run, run).err


def test_entries_in_another_order_are_another_network(dlcli, run):
    network = json.loads((run / "config.resolved.json").read_text())["network"]
    change(run / "config.resolved.json", "network", value=[network[1], network[0], *network[2:]])
    for command in ("resume", "evaluate"):
        result = dlcli(command, run, "--json")
        assert result.status == 5
        assert [part["what"] for part in result.document["error"]["differences"]] == [
            "config.resolved.json.network.order"
        ]


RECORDS = [
    ("versions", "dlcli"),
    ("versions", "numpy"),
    ("blas", "architecture"),
    ("platform", "machine"),
    ("simd",),
    ("seed",),
    ("shards",),
    ("files",),
    ("files", 0, "sha256"),
    ("files", 0, "size"),
    ("files", 0, "found"),
    ("overrides",),
    ("task",),
    ("versions", "python"),
]


@pytest.mark.parametrize("keys", RECORDS, ids=lambda keys: ".".join(map(str, keys)))
def test_a_changed_record_is_not_gone_on_with(dlcli, run, keys):
    value = {
        "files": [],
        "simd": ["NONE"],
        "seed": 7,
        "shards": 2,
        "size": 1,
        "overrides": ["seed=3"],
        "sha256": "0" * 64,
    }.get(keys[-1], "9.9.9")
    change(run / "run.json", *keys, value=value)
    before = contents(run)
    result = dlcli("resume", run, "--json")
    assert result.status == 5 and contents(run) == before
    parts = result.document["error"]["differences"]
    assert all(part["what"].startswith("run.json." + ".".join(map(str, keys))) for part in parts) and parts
    change(run / "run.json", *keys)
    assert dlcli("resume", run).status == 5


@pytest.mark.parametrize(
    "part, key, value, says",
    [
        ("versions", "numpy", "1.0.0", "install numpy"),
        ("versions", "dlcli", "9.0", "install dlcli"),
        ("blas", "architecture", "Zen", "such a machine"),
        ("blas", "version", "0.1", "such a machine"),
        ("blas", "num_threads", 8, "such a machine"),
        ("platform", "machine", "aarch64", "such a machine"),
        ("simd", None, [], "such a machine"),
    ],
)
def test_another_machine_cannot_give_the_same_bytes(dlcli, run, monkeypatch, part, key, value, says):
    there = environment()
    there["blas"]["num_threads"] = 1
    monkeypatch.setattr(
        "dlcli.artifacts.environment.environment",
        lambda: there | {part: value if key is None else there[part] | {key: value}},
    )
    before = contents(run)
    result = dlcli("resume", run, "--json")
    error = result.document["error"]
    assert (
        result.status == 5
        and contents(run) == before
        and says in error["hint"]
        and f"init_from.run={run}" in error["hint"]
    )
    assert [part["what"].split(".")[0] for part in error["differences"]] == [part] * len(error["differences"])
    assert dlcli("evaluate", run).status == 0, "close is enough to judge"


def test_what_changes_no_byte_is_no_drift(dlcli, run, monkeypatch):
    there = environment()
    there["blas"]["num_threads"] = 1
    there["platform"] |= {"cpus": 99, "release": "1.0"}
    there["versions"] |= {"python": "3.99"}
    monkeypatch.setattr("dlcli.artifacts.environment.environment", lambda: there)
    (run / "config.yaml").write_text("# a remark\n" + CONFIG)
    first = json.loads((run / "run.json").read_text())["weights_sha256"]
    assert dlcli("resume", run, "--workers", 2, "--parallel", "thread", "--json").document["weights_sha256"] == first


@pytest.mark.parametrize(
    "text, says",
    [
        (CONFIG.replace("0.02", "0.5"), "optimizer.adam.learning_rate"),
        (CONFIG + "seed: 4\n", "seed"),
        ("nonsense: [", "config.yaml"),
        (CONFIG.replace("tanh", "tanhh"), "config.yaml"),
    ],
)
def test_an_edited_copy_of_the_config_is_not_passed_over_in_silence(dlcli, run, text, says):
    """Whoever edits it wants the run to go on with it, which it would not."""
    (run / "config.yaml").write_text(text)
    result = dlcli("resume", run, "--json")
    assert result.status == 5 and any(says in part["what"] for part in result.document["error"]["differences"])
    assert dlcli("evaluate", run).status == 0


def test_without_a_checkpoint_the_config_is_that_of_its_file(dlcli, run):
    shutil.rmtree(run / "checkpoints")
    change(run / "config.resolved.json", "optimizer", "adam", "learning_rate", value=0.5)
    result = dlcli("resume", run, "--json")
    (part,) = result.document["error"]["differences"]
    assert result.status == 5 and part == {
        "what": "config.resolved.json.optimizer.adam.learning_rate",
        "was": 0.02,
        "now": 0.5,
    }
    (run / "config.yaml").write_text(CONFIG.replace("0.02", "0.5"))
    assert dlcli("resume", run).status == 5, "both changed alike are another config"


def test_data_that_are_prepared_in_another_way_are_not_what_was_learned(dlcli, run, monkeypatch):
    """As after an update of dlcli that reads a file differently."""
    from dlcli.data.prepare import _statistics

    mean = _statistics._mean
    monkeypatch.setattr(_statistics, "_mean", lambda *arguments: mean(*arguments) * 1.01)
    for command in ("resume", "evaluate"):
        error = dlcli(command, run, "--json").document["error"]
        assert error["status"] == 5
        assert "data.fitted.columns.a.steps.0.mean" in [part["what"] for part in error["differences"]]
    monkeypatch.setattr(_statistics, "_mean", lambda *arguments: mean(*arguments) * (1 + 1e-15))
    assert dlcli("evaluate", run).status == 0 and dlcli("resume", run).status == 5


def test_a_list_of_differences_is_of_bounded_length():
    found = drift.changes({"a": list(range(3)), "b": {str(i): i for i in range(99)}}, {"a": [0, 1, 2.0]})
    assert [str(part) for part in found[:2]] == ["a was [0, 1, 2], is [0, 1, 2.0]", "b.0 was 0, is not there"]
    said = str(drift.DriftError("run", "changed", found))
    assert "and 80 more" in said and said.count("\n") == 21
    assert not drift.changes({"x": 1.0, "y": [[1e-9]]}, {"x": 1.0 + 1e-9, "y": [[1e-9]]}, 1e-6)
