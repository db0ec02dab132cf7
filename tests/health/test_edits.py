"""Patches are overrides that the config takes, and they change what they should."""

import pytest

from dlcli.config.build import experiment
from dlcli.health.edits import Edits
from dlcli.health.structure import Structure
from tests.health.networks import config, layers, look

REPEATED = [{"repeat": {"times": 12, "layers": [{"linear": {"units": 32}}, "sigmoid"]}}, {"linear": {"units": 3}}]
LARGE = {"linear": {"units": 16, "init": {"normal": {"std": 9.0}}}}
RESIDUAL = [{"linear": {"units": 16}}, {"residual": {"layers": [LARGE, "relu"]}}, {"linear": {"units": 3}}]
BRANCHES = [{"linear": {"units": 8}, "name": "left"}, {"linear": {"units": 8}, "from": "input", "name": "right"},
            {"sigmoid": {}, "from": "left"}, {"add": {}, "from": ["sigmoid1", "right"]}, {"linear": {"units": 3}}]


def edits(case) -> Edits:
    built = experiment(case)
    return Edits(built, Structure(built.graph))


def kinds(case) -> list[str]:
    return [spec.kind for spec in case.entries]


def test_copies_of_a_repeat_are_edited_as_one():
    case = config(REPEATED)
    patch = edits(case).each(edits(case).normalise, [f"linear1_{i}" for i in range(1, 13)], "batch_norm")
    assert patch == ["+network.after.linear1={batch_norm: {}}"]
    assert kinds(case.changed(patch)) == ["linear", "batch_norm", "sigmoid"] * 12 + ["linear"]


def test_remedy_of_a_repeat_cures():
    document = look(config(REPEATED))
    patch = document["findings"][0]["remedy"]["patch"]
    assert document["verdict"] == "unhealthy" and len(patch) == 1
    assert look(config(REPEATED).changed(patch))["verdict"] == "healthy"


def test_entries_inside_a_residual_are_found():
    case = config(RESIDUAL)
    patch = edits(case).fitting_init("linear2")
    assert patch == ["network.linear2.linear.init=he"]
    assert experiment(case.changed(patch)).graph.nodes[1].layer.init.keys() == {"he"}


def test_replacing_keeps_what_an_entry_reads():
    case = config(BRANCHES)
    patch = edits(case).replace("sigmoid1", "relu")
    changed = case.changed(patch)
    spec = next(spec for spec in changed.entries if spec.name == "sigmoid1")
    assert (spec.kind, spec.inputs) == ("relu", ("left",))
    experiment(changed)


def test_what_is_right_already_is_left_alone():
    made = edits(config(layers(2, "relu", init="he")))
    assert made.fitting_init("linear1") == [] and made.zero_bias("linear1") == []
    assert made.fitting_init("linear3") == []  # glorot, and nothing behind it
    assert edits(config(layers(1, init={"he": {"gain": 3.0}}))).fitting_init("linear1") == [
        "network.linear1.linear.init=he"
    ]
    assert edits(config(layers(1, init={"he": {"distribution": "uniform"}}))).fitting_init("linear1") == []


def test_standardize_comes_after_other_steps():
    case = config(layers(1), prepare=[{"impute": {}}, "minmax"])
    patch = edits(case).standardize()
    steps = [next(iter(step)) for step in case.changed(patch).values["data"]["prepare"]]
    assert steps == ["impute", "minmax", "standardize"]
    assert edits(config(layers(1))).standardize() == []


@pytest.mark.parametrize("value, written", [(0.0123, "0.01"), (3.4e-7, "3e-07"), (100000.0, "100000")])
def test_learning_rate_in_plain_numbers(value, written):
    case = config(layers(1))
    patch = edits(case).optimizer("learning_rate", value)
    assert patch == [f"optimizer.sgd.learning_rate={written}"]
    assert case.changed(patch).optimizer.learning_rate == float(written)


def test_clip_only_lowers():
    assert edits(config(layers(1))).clip() == ["training.clip_norm=1.0"]
    assert edits(config(layers(1), clip_norm=0.5)).clip() == []


def test_swapping_keeps_the_options_that_both_have():
    low = {"rnn": {"units": 6, "direction": "both", "nonlinearity": "relu", "recurrent_init": "glorot"}, "name": "low"}
    high = {"rnn": {"units": 5, "returns": "last"}, "from": ["low"], "trainable": False}
    case = config([low, high, {"linear": {"units": 1}}], {"adding_problem": {"n": 40, "length": 9}}, "mse", prepare=())
    made = edits(case)
    patch = made.each(made.swap, ["low", "rnn2"], "lstm")
    assert patch == ["network.low={lstm: {units: 6, direction: both}}",
                     "network.rnn2={lstm: {units: 5, returns: last}, from: [low], trainable: false}"]
    assert kinds(case.changed(patch)) == ["lstm", "lstm", "linear"]
    assert made.orthogonal("low") == ["network.low.rnn.recurrent_init={orthogonal: {gain: 1.41}}"]
    assert made.orthogonal("rnn2") == [] and made.orthogonal("linear1") == []
