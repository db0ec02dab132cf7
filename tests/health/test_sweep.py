"""Networks that look odd and are healthy: none of them may be called unhealthy.

What other tools raise alarms about: sparse relu, shallow sigmoid, tiny and huge losses, zero weights, small batches,
rare classes, converged training, normalisation, layers without a derivative. Data and sizes differ from those that
thresholds were set on (make_classification; wine, diabetes, blobs for the remedies).
"""

import pytest

from dlcli.config.build import experiment
from dlcli.health.inspect import inspect
from tests.health.cases import at, rate
from tests.health.networks import ADAM, brief, config, layers, look

MOONS = {"moons": {"n": 300}}


def adam(learning_rate):
    return {"adam": {"learning_rate": learning_rate}}


def zero(network):
    """An output layer that starts at zero."""
    return at(sum("linear" in entry for entry in network) - 1, network, init="zeros")


BRANCHES = [{"residual": {"layers": zero(layers(1, "relu", 24, 24))}} for _ in range(6)]
ZOO = {
    **{
        f"relu {depth}x{units} seed {seed}": config(layers(depth, "relu", units, init="he"), seed=seed, optimizer=ADAM)
        for depth, units, seed in ((1, 64, 1), (2, 256, 2), (4, 24, 3), (6, 48, 4), (10, 64, 5))
    },
    **{
        f"{activation} {depth} layers": config(layers(depth, activation, 24, 2), MOONS)
        for activation, depth in (
            ("sigmoid", 1),
            ("sigmoid", 2),
            ("sigmoid", 3),
            ("tanh", 5),
            ("tanh", 12),
            ("gelu", 3),
            ("silu", 3),
            ("elu", 4),
            ("softplus", 2),
            ("leaky_relu", 6),
            ("prelu", 4),
        )
    },
    **{
        f"{norm} {activation} {depth}": config(layers(depth, activation, 24, norm=norm, init=init), optimizer=ADAM)
        for norm, activation, depth, init in (
            ("batch_norm", "relu", 6, {"normal": {"std": 1e-3}}),
            ("batch_norm", "sigmoid", 8, "glorot"),
            ("batch_norm", "relu", 3, {"normal": {"std": 5.0}}),
            ("layer_norm", "relu", 5, "he"),
            ("layer_norm", "tanh", 8, {"normal": {"std": 0.02}}),
            ("layer_norm", "gelu", 3, "lecun"),
        )
    },
    **{
        f"{init} init": config(layers(2, "relu", 40, 2, init=init), MOONS, optimizer=ADAM)
        for init in ("orthogonal", "lecun", "glorot", "he")
    },
    "small normal init, shallow": config(
        layers(1, "relu", 64, 2, init={"normal": {"std": 0.01}}), MOONS, optimizer=ADAM
    ),
    "zero output layer": config(zero(layers(4, "tanh", 24)), optimizer=adam(3e-3)),
    "zero output layer, relu": config(zero(layers(3, "relu", 24, init="he"))),
    "softmax regression from zero": config([{"linear": {"units": 3, "init": "zeros"}}]),
    "one row a step": config(layers(2, "relu", 16, 2, init="he"), MOONS, optimizer=rate(0.01), batch_size=1),
    "all rows a step": config(layers(2, "tanh", 16, 2), MOONS, optimizer=rate(0.5), batch_size="all"),
    "xor, four rows": config(
        layers(1, "relu", 16, 1, init="he"), "xor", "binary_cross_entropy", adam(0.05), prepare=(), batch_size="all"
    ),
    "hidden step": config([{"linear": {"units": 64}}, "step", {"linear": {"units": 2}}], MOONS),
    "frozen features": config(
        [{"linear": {"units": 64}, "trainable": False}, "relu", *layers(1, "relu", 16, 2)], MOONS
    ),
    "dropout": config([*layers(2, {"dropout": {"p": 0.5}}, 64, 64), "relu", {"linear": {"units": 3}}], optimizer=ADAM),
    "residual branches from zero": config(
        [{"linear": {"units": 24}}, *BRANCHES, {"linear": {"units": 3}}], optimizer=ADAM
    ),
    "weights of a rare class": config(
        layers(2, "relu", 32, 2, init="he"), "breast_cancer", {"cross_entropy": {"class_weights": [1e-4, 1.0]}}, ADAM
    ),
    "a loss in the ten thousands": config(
        layers(2, "relu", 32, 2, init="he"), MOONS, {"cross_entropy": {"class_weights": [1e4, 1e4]}}, ADAM
    ),
    "clipped": config(layers(3, "relu", 32, init="he"), clip_norm=1e-3),
    "warm-up from nothing": config(layers(3, "relu", 32, init="he"), optimizer=adam(1e-7)),
    "bottleneck": config([*layers(1, "tanh", 64, 2), "tanh", *layers(1, "tanh", 64)]),
    "wide to narrow": config(
        [*layers(1, "relu", 1024, 8, init="he"), "relu", {"linear": {"units": 3}}], optimizer=ADAM
    ),
    "float64": config(layers(3, "silu", 24), dtype="float64"),
    "iris as it comes": config(layers(2, "relu", 32, init="he"), "iris", optimizer=ADAM, prepare=()),
    "cancer, minmax": config(layers(3, "tanh", 32, 2), "breast_cancer", optimizer=ADAM, prepare=["minmax"]),
    "hinge": config(layers(2, "relu", 32, 1, init="he"), MOONS, "hinge", ADAM),
}


@pytest.mark.parametrize("name", ZOO)
def test_no_error(name):
    document = look(ZOO[name])
    assert document["verdict"] == "healthy", brief(document)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_size_of_targets(size):
    """Regression on targets of any unit: the same words."""
    case = experiment(
        config(layers(3, "relu", 32, 1, init="he"), "diabetes", "mse", ADAM, prepare=["standardize", "scale_target"])
    )
    for split in case.data.splits.values():
        split.target *= size
    document = inspect(case)
    assert document["verdict"] == "healthy", brief(document)


def test_converged():
    """A network that has learned everything by heart has next to no gradient, and nothing is wrong with it."""
    document = look(config(layers(2, "tanh", 32, 2), MOONS, optimizer=adam(0.02), epochs=60, batch_size=60), steps=240)
    assert document["layers"][0]["gradient_norm"] < 0.1
    assert document["verdict"] == "healthy", brief(document)


def test_zoo_is_large():
    assert len(ZOO) >= 40
