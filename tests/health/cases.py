"""Every check's faults, each beside a healthy twin that differs in the fault alone.

A check without a row here makes the suite fail (test_checks.py). None of these networks was used to set a threshold:
those come from the checks' own sources and from scikit-learn's make_classification, and remedies were tried on wine,
diabetes and blobs.
"""

from typing import NamedTuple

from dlcli.config.config import Config
from tests.health.networks import ADAM, config, layers


class Case(NamedTuple):
    """A fault: which check must fire, what the root cause is, where (None: anywhere), how badly; and the healthy
    twin."""

    code: str
    cause: str
    layer: str | None
    severity: str
    sick: Config
    twin: Config


def at(place: int, network: list, **options) -> list:
    """A network whose n-th linear layer (from 0) has other options."""
    linears = [entry for entry in network if isinstance(entry, dict) and "linear" in entry]
    linears[place]["linear"].update(options)
    return network


def rate(value: float, **more) -> dict:
    return {"sgd": {"learning_rate": value, **more}}


def memory(length: int, kind: str = "rnn", optimizer=None, **options) -> Config:
    """The adding problem, by a recurrent layer."""
    network = [{kind: {"units": 24, "returns": "last", **options}}, {"linear": {"units": 1}}]
    source = {"adding_problem": {"n": 400, "length": length}}
    return config(network, source, "mse", optimizer or {"adam": {"learning_rate": 0.01}}, prepare=())


def steep(gain: float) -> dict:
    return {"nonlinearity": "relu", "recurrent_init": {"orthogonal": {"gain": gain}}}


CASES = {
    "one layer far too large": Case(
        "S02",
        "init_too_large",
        "linear2",
        "error",
        config(at(1, layers(4), init={"normal": {"std": 50.0}})),
        config(at(1, layers(4), init={"normal": {"std": 0.3}})),
    ),
    "one layer far too small": Case(
        "S02",
        "init_too_small",
        "linear2",
        "warning",
        config(at(1, layers(4), init={"normal": {"std": 1e-4}})),
        config(at(1, layers(4), init={"normal": {"std": 0.1}})),
    ),
    "every layer too small": Case(
        "S02",
        "init_too_small",
        "linear1",
        "error",
        config(layers(5, init={"normal": {"std": 0.01}})),
        config(layers(5, init="he")),
    ),
    "hidden layers of zeros": Case(
        "S02", "init_too_small", "linear1", "error", config(layers(3, "tanh", init="zeros")), config(layers(3, "tanh"))
    ),
    "biases that silence a layer": Case(
        "S06",
        "dead_units",
        "linear3",
        "error",
        config(at(2, layers(4), bias_init={"constant": {"value": -12.0}})),
        config(at(2, layers(4), bias_init={"constant": {"value": -0.1}})),
    ),
    "weights that all pull down": Case(
        "S06",
        "dead_units",
        "linear3",
        "error",
        config(at(2, layers(4), init={"uniform": {"low": -0.5, "high": -0.1}})),
        config(at(2, layers(4), init={"uniform": {"low": -0.3, "high": 0.3}})),
    ),
    "inputs in the thousands": Case(
        "D02",
        "input_scale",
        "linear1",
        "error",
        config(layers(2, "tanh"), {"blobs": {"distance": 4000.0, "noise": 900.0}}, prepare=()),
        config(layers(2, "tanh"), {"blobs": {"distance": 4000.0, "noise": 900.0}}),
    ),
    "inputs of tens": Case(
        "D02",
        "input_scale",
        "linear1",
        "warning",
        config(layers(2, init="he"), {"blobs": {"distance": 60.0, "noise": 9.0}}, prepare=(), optimizer=ADAM),
        config(layers(2, init="he"), {"blobs": {"distance": 60.0, "noise": 9.0}}, optimizer=ADAM),
    ),
    "a target of hundreds": Case(
        "D05",
        "target_scale",
        "linear3",
        "error",
        config(layers(2, out=1, init="he"), "diabetes", "mse", ADAM),
        config(layers(2, out=1, init="he"), "diabetes", "mse", ADAM, prepare=["standardize", "scale_target"]),
    ),
    "inputs of eight under steep weights": Case(
        "S07",
        "saturated_units",
        "linear1",
        "warning",
        config(layers(2, "tanh", init="lecun"), {"blobs": {"distance": 15.0, "noise": 3.0}}, prepare=()),
        config(layers(2, "tanh", init="lecun"), {"blobs": {"distance": 15.0, "noise": 3.0}}),
    ),
    "ten sigmoid layers": Case(
        "S04", "vanishing_gradients", "linear5", "error", config(layers(10, "sigmoid")), config(layers(10, "tanh"))
    ),
    "ten sigmoid layers, adam": Case(
        "S04",
        "vanishing_gradients",
        "linear4",
        "error",
        config(layers(10, "sigmoid"), optimizer=ADAM),
        config(layers(2, "sigmoid"), optimizer=ADAM),
    ),
    "glorot where he belongs": Case(
        "S04",
        "vanishing_gradients",
        None,
        "error",
        config(layers(24, "leaky_relu"), optimizer=rate(0.01)),
        config(layers(24, "leaky_relu", init="he"), optimizer=rate(0.01)),
    ),
    "weights a little too large, ten times": Case(
        "S05",
        "exploding_gradients",
        None,
        "error",
        config(layers(10, "leaky_relu", 64, init={"normal": {"std": 0.5}})),
        config(layers(10, "leaky_relu", 64, init="he")),
    ),
    "a learning rate of a million": Case(
        "N01",
        "not_finite",
        None,
        "error",
        config(layers(3), optimizer=rate(1e6)),
        config(layers(3), optimizer=rate(0.1)),
    ),
    "steps that kill units": Case(
        "A01",
        "dead_units",
        "linear2",
        "error",
        config(layers(2, units=16), optimizer=rate(3.0)),
        config(layers(2, units=16), optimizer=rate(0.3)),
    ),
    "steps that saturate units": Case(
        "A02",
        "saturated_units",
        "linear1",
        "warning",
        config(layers(2, "tanh", 16), optimizer=rate(10.0)),
        config(layers(2, "tanh", 16), optimizer=rate(0.3)),
    ),
    "decay that eats the weights": Case(
        "G01",
        "vanishing_gradients",
        "linear4",
        "error",
        config(layers(4, "tanh", 16), optimizer=rate(0.1, weight_decay=3.0)),
        config(layers(4, "tanh", 16), optimizer=rate(0.1, weight_decay=0.01)),
    ),
    "a plain layer over sixty steps": Case("R01", "vanishing_over_time", "rnn1", "warning", memory(60), memory(12)),
    "relu units that grow from step to step": Case(
        "R02",
        "exploding_over_time",
        "rnn1",
        "error",
        memory(40, optimizer=rate(1e-3), **steep(2.0)),
        memory(40, optimizer=rate(1e-3), **steep(1.41)),
    ),
}

FEW = {"moons": {"n": 80, "noise": 0.5}}
HEART = layers(2, units=64, out=1, init="he")
RUNS = {
    "learned by heart": Case("V01", "overfitting", "linear3", "error",
        config(HEART, FEW, "binary_cross_entropy", {"adam": {"learning_rate": 0.02}}, prepare=(), epochs=150,
               batch_size="all"),
        config(HEART, {"moons": {"n": 2000, "noise": 0.5}}, "binary_cross_entropy", {"adam": {"learning_rate": 0.02}},
               prepare=(), epochs=30,
               batch_size="all")),
    "steps of next to nothing": Case("V02", "nothing_learned", "linear3", "error",
        config(layers(2, "tanh"), "wine", optimizer={"adam": {"learning_rate": 1e-9}}, epochs=6),
        config(layers(2, "tanh"), "wine", optimizer={"adam": {"learning_rate": 1e-2}}, epochs=6)),
}
"""Faults that only what a run left behind shows: the configs are trained, and the runs inspected."""
