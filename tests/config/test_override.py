"""`key=value`, `~key`, `+network.after.<name>=entry`: what they do, and where their errors point."""

import pytest

from dlcli.config import apply
from dlcli.config.text.read import read
from tests.config.rig import BASE, around, config, network, problems

BODY = """
  - linear: {units: 8}
    name: first
  - relu
  - relu
  - repeat:
      times: 2
      layers:
        - linear: {units: 8}
        - relu
  - linear: {units: 1}
"""


def at(values, path: str):
    for step in path.split("."):
        values = values[int(step)] if isinstance(values, list) else values[step]
    return values


@pytest.mark.parametrize(
    "override, path, value",
    [
        ("seed=7", "seed", 7),
        ("training.epochs=3", "training.epochs", 3),
        ("training.batch_size=all", "training.batch_size", "all"),
        ("training.clip_norm=1e-3", "training.clip_norm", 1e-3),
        ("training.clip_norm=", "training.clip_norm", None),
        ("training.early_stop.patience=9", "training.early_stop.patience", 9),
        ("training.early_stop.mistakes=0", "training.early_stop.mistakes", 0),
        ("training.checkpoint.keep=5", "training.checkpoint.keep", 5),
        ("loss=huber", "loss.huber.delta", 1.0),
        ("optimizer.adam.learning_rate=1", "optimizer.adam.learning_rate", 1.0),
        ("optimizer={sgd: {learning_rate: 0.5}}", "optimizer.sgd.learning_rate", 0.5),
        ("optimizer=sgd: {learning_rate: 0.5}", "optimizer.sgd.momentum", 0.0),
        ("loss.cross_entropy.label_smoothing=0.1", "loss.cross_entropy.label_smoothing", 0.1),
        ("data.prepare=[minmax]", "data.prepare.0.minmax.range", [0.0, 1.0]),
        ("data.prepare.0.standardize.per=all", "data.prepare.0.standardize.per", "all"),
        ("data.source=iris", "data.source.iris.labels", None),
        ("data.split.test=0.2", "data.split.test", 0.2),
        ("network.hidden.linear.units=32", "network.0.linear.units", 32),
        ("network.0.linear.units=32", "network.0.linear.units", 32),
        ("network.linear2.linear.init.he.gain=2", "network.2.linear.init.he.gain", 2.0),
        ("network.hidden.linear.init=orthogonal", "network.0.linear.init.orthogonal.gain", 1.0),
        ("network.hidden.trainable=false", "network.0.trainable", False),
        ("network.add1.from=[relu1, hidden]", "network.4.from", ["relu1", "hidden"]),
        ("network.relu2=tanh", "network.3", {"tanh": {}, "name": "relu2"}),
        ("network.3=tanh", "network.3", {"tanh": {}, "name": "relu2"}),
        ("init_from.run=runs/a", "init_from", {"run": "runs/a", "layers": "all"}),
        ("name='1e-3'", "name", "1e-3"),
        ("metrics=f1", "metrics.0.f1.average", "macro"),
        ("~training.epochs", "training.epochs", 10),
        ("~training.early_stop", "training.early_stop", None),
        ("~training", "training.batch_size", 32),
        ("~seed", "seed", 0),
        ("~optimizer.adam.learning_rate", "optimizer.adam.learning_rate", 0.001),
        ("training={epochs: 2} # comment", "training.epochs", 2),
    ],
)
def test_what_an_override_sets(override, path, value):
    assert at(config(BASE, [override]).values, path) == value


def test_schedules_can_be_set_and_changed():
    base = BASE.replace("seed: 1", "schedule: {cosine: }")
    for change in ("schedule.0.cosine.final=0.1", "schedule.cosine.final=0.1", "schedule=[{cosine: {final: 0.1}}]"):
        assert at(config(base, [change]).values, "schedule.0.cosine.final") == 0.1


def test_the_given_tree_is_not_changed():
    tree = read(BASE.encode(), "c.yaml")[0]
    before = tree.plain()
    after = apply(tree, ["network.relu2=tanh", "+network.after.hidden=dropout", "~training.epochs",
    "loss.cross_entropy.label_smoothing=0.5"])
    assert tree.plain() == before != after.plain()


def test_later_overrides_see_earlier_ones():
    values = config(BASE, ["optimizer=sgd", "optimizer.sgd.learning_rate=0.5", "~training", "training.epochs=3"]).values
    assert values["optimizer"]["sgd"]["learning_rate"] == 0.5
    assert values["training"]["epochs"] == 3 and values["training"]["batch_size"] == 32


def names(lines: str, *overrides: str) -> list[tuple[str, str]]:
    return [(entry.name, entry.kind) for entry in network(lines, overrides).entries]


def test_insert():
    found = names(BODY, "+network.after.first=batch_norm", "+network.before.relu1={dropout: {p: 0.1}, name: drop}")
    assert found[:4] == [("first", "linear"), ("batch_norm1", "batch_norm"), ("drop", "dropout"), ("relu1", "relu")]


def test_insert_into_a_repeat():
    found = names(BODY, "+network.after.linear2=batch_norm")
    assert found[3:9] == [("linear2_1", "linear"), ("batch_norm1_1", "batch_norm"), ("relu3_1", "relu"),
                          ("linear2_2", "linear"), ("batch_norm1_2", "batch_norm"), ("relu3_2", "relu")]


@pytest.mark.parametrize(
    "overrides", [["network.relu1=tanh", "network.relu2=tanh"], ["network.relu2=tanh", "network.relu1=tanh"]]
)
def test_names_mean_what_they_meant_before(overrides):
    assert names(BODY, *overrides)[:3] == [("first", "linear"), ("relu1", "tanh"), ("relu2", "tanh")]


def test_a_change_never_renames_what_stays():
    """Parameters are named after entries: a new relu above must not turn relu1 into relu2."""
    before = set(names(BODY))
    for override in (
        "+network.before.first=relu",
        "+network.before.first={linear: {units: 3}}",
        "~network.relu1",
        "network.relu1=sigmoid",
        "+network.after.relu1=relu",
        "~network.first",
    ):
        after = set(names(BODY, override))
        gone = {name for name, _ in before - after}
        assert len(before - after) <= 1 and len(after - before) <= 1, override
        assert not gone or override.endswith(tuple(gone)) or "=" in override


def test_references_survive():
    lines = BODY + "  - add:\n    from: [relu2, relu1]\n"
    entries = network(lines, ["+network.before.first=relu", "+network.before.first=relu"]).entries
    assert entries[-1].inputs == ("relu2", "relu1")
    assert [entry.name for entry in entries[:5]] == ["relu4", "relu5", "first", "relu1", "relu2"]


def test_the_same_grammar_works_on_stored_values():
    from dlcli.config import from_values
    config_ = network(BODY)
    changed = from_values(config_.values, overrides=["network.linear2.linear.units=4", "network.relu1=tanh"])
    assert [e.options.get("units") for e in changed.entries if e.kind == "linear"] == [8, 4, 4, 1]
    assert config_.changed(["network.linear2.linear.units=4", "network.relu1=tanh"]).values == changed.values


@pytest.mark.parametrize(
    "first", ["~network.linear2", "network.repeat1.repeat.layers=[tanh]", "network.repeat1=tanh", "~network.repeat1"]
)
def test_what_a_change_threw_away_is_gone(first):
    found, = problems(around(BODY), [first, "network.linear2.linear.units=3"])
    assert found.problem == "no entry is called 'linear2'" and found.column == 9
