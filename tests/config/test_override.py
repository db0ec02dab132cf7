"""`key=value`, `~key`, `+network.after.<name>=entry`: what they do, and where their errors point."""

import pytest

from dlcli.config import ConfigErrors, apply
from dlcli.config.text.read import read
from dlcli.errors import DlcliError, Exit, UsageError
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


@pytest.mark.parametrize("override, words", [
    ("training.epochs", "no '='"), ("", "no '='"), ("=5", "the key is empty"), ("a..b=1", "part of the key is empty"),
    (".a=1", "part of the key"), ("a.=1", "part of the key"), ("~a.b=1", "no value follows"), ("~", "the key is empty"),
    ("a b=1", "part of the key"), ("x=" + "y" * 1_000_000, "characters"), ("+=relu", "the key is empty"),
])
def test_malformed(override, words):
    with pytest.raises(UsageError) as caught:
        config(BASE, [override])
    assert (
        words in caught.value.problem
        and caught.value.where.startswith("override '")
        and caught.value.status == Exit.USAGE
    )
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "override, place, problem, hint",
    [
        ("epoch=3", "epoch", "the config has no section 'epoch'", "it is 'training.epochs'"),
        ("training.epoch=3", "epoch", "training has no option 'epoch'", "did you mean 'epochs'?"),
        ("training.epochs=x", "x", "expected a whole number of at least 1, got text 'x'", None),
        ("training.epochs.more=1", "more", "'training.epochs' is 20: it has no parts", "write training.epochs=value"),
        ("training.clip=1", "clip", "training has no option 'clip'", "did you mean 'clip_norm'?"),
        (
            "optimizer.learning_rate=1",
            "learning_rate",
            "'learning_rate' is an option of adam",
            "write optimizer.adam.learning_rate",
        ),
        (
            "optimizer.sgd.momentum=1",
            "sgd",
            "'optimizer' is adam, not sgd",
            "to change it, write optimizer=sgd or 'optimizer={sgd: {...}}'",
        ),
        ("optimizer.adm.momentum=1", "adm", "'optimizer' is adam, not adm", "did you mean 'optimizer.adam'?"),
        ("optimizer.adam.lr=1", "lr", "adam has no option 'lr'", "did you mean 'learning_rate'?"),
        (
            "loss.mse.x=1",
            "mse",
            "'loss' is cross_entropy, not mse",
            "to change it, write loss=mse or 'loss={mse: {...}}'",
        ),
        ("loss=mean", "mean", "'mean' is not one of the losses", None),
        ("network.hiden.linear.units=1", "hiden", "no entry is called 'hiden'", "did you mean 'hidden'?"),
        (
            "network.hidden.units=1",
            "units",
            "'network.hidden' has no key 'units' beside its kind",
            "network.hidden.linear.units",
        ),
        (
            "network.hidden.relu=1",
            "relu",
            "'network.hidden' is of kind linear: there is no 'relu' in it",
            "to change the layer, write network.hidden=relu",
        ),
        ("network.hidden.linear.unit=1", "unit", "linear has no option 'unit'", "did you mean 'units'?"),
        ("network.99=relu", "99", "'network' has 6 elements: there is no index 99", "indices go from 0 to 5"),
        ("network.-1=relu", "-1", "no entry is called '-1'", None),
        (
            "network.after.hidden=relu",
            "after",
            "'network.after' inserts, which is written with '+'",
            "+network.after.<name>=entry",
        ),
        ("data.prepare.1=minmax", "1", "'data.prepare' has 1 elements: there is no index 1", "indices go from 0 to 0"),
        (
            "data.prepare.standardize.per=all",
            "standardize",
            "'data.prepare' is a list: 'standardize' is not an index",
            "write an index from 0 to 0",
        ),
        ("+network.after.nobody=relu", "nobody", "no entry is called 'nobody'", None),
        (
            "+training.epochs=3",
            "training.epochs",
            "only network entries can be inserted",
            "write +network.after.<name>=entry or +network.before.<name>=entry",
        ),
        ("+network.hidden=relu", "network.hidden", "only network entries can be inserted", None),
        ("+network.after.hidden=rellu", "rellu", "'rellu' is not one of the layers", "did you mean 'relu'?"),
        (
            "~training.clip_norm",
            "clip_norm",
            "'training.clip_norm' is not in the config, so it has its default already",
            None,
        ),
        ("~training.epoch", "epoch", "there is no option 'training.epoch'", "did you mean 'training.epochs'?"),
        ("~early_stop", "early_stop", "there is no option 'early_stop'", "did you mean 'training.early_stop'?"),
        (
            "~early_stop.patience",
            "early_stop",
            "there is no option 'early_stop'",
            "did you mean 'training.early_stop'?",
        ),
        ("~training.nothing", "nothing", "there is no option 'training.nothing'", None),
        ("~trainig.epochs", "trainig", "there is no option 'trainig'", "did you mean 'training'?"),
        (
            "~training.checkpoint.keep",
            "checkpoint",
            "'training.checkpoint' is not in the config, so it has its default already",
            None,
        ),
        ("~network.nobody", "nobody", "no entry is called 'nobody'", None),
        ("seed=[1", "[", "the bracket that opens here is not closed by ']'", "is a ',' or the ']' missing?"),
        ("seed=*x", "*x", "aliases (*x) are not allowed", None),
        ("seed=!!int 1", "!!int 1", "tags (!!int) are not allowed", None),
        ("seed=012", "012", "a whole number with a leading zero, which some YAML versions read as octal", None),
        ("training={epochs: 1, epochs: 2}", "epochs", "the key 'epochs' is there twice", "keep one of the two"),
        ("__class__=x", "__class__", "the config has no section '__class__'", None),
        ("training.__init__=x", "__init__", "training has no option '__init__'", None),
        ("optimizer.__class__.x=1", "__class__", "'optimizer' is adam, not __class__", None),
    ],
)
def test_errors_point_into_the_override(override, place, problem, hint):
    found, = problems(BASE, [override])
    assert found.problem == problem and found.line is None
    assert hint is None or found.hint == hint
    marked = override[found.column - 1:found.column - 1 + found.span.length]
    assert marked == place if place != "epochs" or found.problem.startswith("training") else marked in override
    assert f"override '{override}'" in str(found)


@pytest.mark.parametrize(
    "first", ["~network.linear2", "network.repeat1.repeat.layers=[tanh]", "network.repeat1=tanh", "~network.repeat1"]
)
def test_what_a_change_threw_away_is_gone(first):
    found, = problems(around(BODY), [first, "network.linear2.linear.units=3"])
    assert found.problem == "no entry is called 'linear2'" and found.column == 9


def test_the_same_key_twice():
    for overrides in (["seed=1", "seed=2"], ["~seed", "seed=2"]):
        with pytest.raises(UsageError, match="'seed' is set twice"):
            config(BASE, overrides)
    assert names(BODY, "+network.after.first=relu", "+network.after.first=relu")


def test_every_error_of_every_override_at_once():
    found = problems(
        BASE.replace("epochs: 20", "epochs: 0"), ["training.batch_size=x", "network.nobody.x=1", "loss=mean"]
    )
    assert sorted(p.path for p in found) == ["loss", "network.nobody", "training.batch_size", "training.epochs"]


@pytest.mark.parametrize(
    "override",
    [
        "seed=" + "[" * 60_000,
        "seed=" + "{a: " * 15_000,
        "seed=&a [" + "*a," * 10_000 + "]",
        "." * 60_000 + "=1",
        "a." * 30_000 + "a=1",
        "network." + "9" * 5_000 + "=1",
        "network.\N{SUPERSCRIPT TWO}=1",
        "seed=\0",
        "seed=\x1b[31m",
        "\ud800=1",
    ],
)
def test_hostile_overrides(override):
    with pytest.raises(DlcliError) as caught:
        config(BASE, [override])
    assert "\x1b" not in str(caught.value) and len(str(caught.value)) < 200_000


def test_apply_raises_by_itself():
    tree = read(BASE.encode(), "c.yaml")[0]
    with pytest.raises(ConfigErrors):
        apply(tree, ["network.nobody.x=1"])
