"""Overrides that are wrong: the error points into their text."""

import pytest

from dlcli.config import ConfigErrors, apply
from dlcli.config.text.read import read
from dlcli.errors import DlcliError, Exit, UsageError
from tests.config.rig import BASE, config, problems
from tests.config.test_override import BODY, names


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
