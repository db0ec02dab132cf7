"""Cures for situations that the table of cases does not reach: each patch makes its network healthy."""

import pytest

from dlcli.health.verdict import diagnose
from tests.health.cases import at, rate
from tests.health.networks import ADAM, brief, config, layers, look
from tests.health.test_verdict import recorded

WIDE = {"blobs": {"distance": 4000.0, "noise": 900.0}}

SITUATIONS = {
    "sigmoid layers, too few rows for batch statistics": (
        config(layers(8, "sigmoid"), batch_size=4),
        "network.sigmoid1=tanh",
    ),
    "sigmoid layers that a normalisation does not save": (
        config(layers(14, "sigmoid", norm="layer_norm")),
        "network.sigmoid1=tanh",
    ),
    "softplus layers": (
        config(layers(14, "softplus", 16), optimizer=rate(0.01)),
        "+network.after.linear1={batch_norm: {}}",
    ),
    "small weights under sigmoids": (
        config(layers(8, "sigmoid", init={"normal": {"std": 0.03}})),
        "+network.after.linear1={batch_norm: {}}",
    ),
    "relu on inputs in the thousands": (
        config(layers(3, units=64, out=2), "breast_cancer", optimizer=rate(1e-6), prepare=()),
        "data.prepare=[standardize]",
    ),
    "overflow on inputs in the thousands": (
        config(layers(3), WIDE, optimizer=rate(0.1), prepare=()),
        "data.prepare=[standardize]",
    ),
    "weights too large, saturating": (
        config(at(1, layers(3, "tanh"), init={"normal": {"std": 5.0}}), optimizer=ADAM),
        "network.linear2.linear.init=glorot",
    ),
    "narrow relu layers that die": (config(layers(8, "relu", 4), seed=1, optimizer=ADAM), "network.relu1=leaky_relu"),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_patch(name):
    case, change = SITUATIONS[name]
    document = look(case)
    assert document["findings"], document["checks"]
    patch = document["findings"][0]["remedy"]["patch"]
    assert change in patch, (patch, brief(document))
    cured = look(case.changed(patch))
    assert cured["verdict"] == "healthy" and document["findings"][0]["cause"] not in [
        f["cause"] for f in cured["findings"]
    ], brief(cured)


def test_decay_is_only_blamed_where_weights_have_shrunk():
    """A signal that fades in training for another reason: smaller steps, not less decay."""
    record = recorded(config(layers(6, "leaky_relu", init="he"), optimizer=rate(0.05, weight_decay=1e-4)))
    for snapshot in record.later:
        snapshot.layers["linear1"].signal *= 1e-5
    finding = diagnose(record)[0][0]
    assert finding.code == "G01" and finding.remedy.patch == ["optimizer.sgd.learning_rate=0.005"]
