"""Convolutional networks: those that people train are healthy, and a deep one without shortcuts is told where its
gradient goes."""

from types import SimpleNamespace

import pytest

from dlcli.config.build import experiment
from dlcli.config.config import from_values
from dlcli.health import measure
from dlcli.health.checks.units import DeadInTraining
from dlcli.health.inspect import FEWEST_STEPS, STEPS, usual_steps
from dlcli.health.measure import FEWEST_SAMPLES as ROWS
from dlcli.health.measure import LEAST_PASS, Measures, Probe, Snapshot
from dlcli.health.record import Record
from tests.health.networks import brief, fired, look

MOMENTUM = {"sgd": {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 1e-4}}


def conv(filters: int, stride: int = 1, init="he", norm=True) -> list:
    padding = "same" if stride == 1 else 1
    layer = {
        "conv2d": {
            "filters": filters,
            "kernel": 3,
            "stride": stride,
            "padding": padding,
            "bias": not norm,
            "init": init,
        }
    }
    return [layer, "batch_norm"] if norm else [layer]


def config(network: list, optimizer=MOMENTUM, **training):
    data = {"source": {"digits": {"layout": "channel"}}, "split": {"train": 0.8, "validation": 0.2},
            "prepare": [{"standardize": {"per": "all"}}]}
    return from_values({"data": data, "network": network, "loss": "cross_entropy", "optimizer": optimizer,
                        "training": {"epochs": 20} | training})


def stages(block, depth: int, filters=(8, 16, 32)) -> list:
    """Three stages, each of half the height and width of the one before; `block(filters, stride)` is a list of
    layers."""
    found = []
    for i, f in enumerate(filters):
        found += block(f, 2 if i else 1) + [{"repeat": {"times": depth - 1, "layers": block(f, 1)}}]
    return [*conv(filters[0]), "relu", *found, "global_avg_pool", {"linear": {"units": 10}}]


def residual(filters: int, stride: int) -> list:
    """Two convolutions and a shortcut (He et al. 2015)."""
    shortcut = {"conv2d": {"filters": filters, "kernel": 1, "stride": stride, "bias": False, "init": "he"}}
    block = {"layers": [*conv(filters, stride), "relu", *conv(filters)]}
    return [{"residual": block | ({"shortcut": [shortcut, "batch_norm"]} if stride > 1 else {})}, "relu"]


def plain(filters: int, stride: int, **options) -> list:
    """The same without the shortcut."""
    return [*conv(filters, stride, **options), "relu", *conv(filters, **options), "relu"]


LENET = [
    {"conv2d": {"filters": 6, "kernel": 3, "padding": "same"}},
    "tanh",
    {"avg_pool2d": {"size": 2}},
    {"conv2d": {"filters": 16, "kernel": 3}},
    "tanh",
    "flatten",
    {"linear": {"units": 40}},
    "tanh",
    {"linear": {"units": 10}},
]
DEEP = {"batch_size": 64, "shards": 1}

HEALTHY = {
    "lenet": config(LENET, {"sgd": {"learning_rate": 0.05, "momentum": 0.9}}),
    "relu and max_pool": config(
        [
            *conv(16, norm=False),
            "relu",
            {"max_pool2d": {"size": 2}},
            *conv(32, norm=False),
            "relu",
            {"max_pool2d": {"size": 2}},
            "flatten",
            {"dropout": {"p": 0.5}},
            {"linear": {"units": 10}},
        ],
        {"adam": {"learning_rate": 1e-3}},
    ),
    "plain, 14 layers, batch_norm": config(stages(plain, 2), **DEEP),
    "resnet-20": config(stages(residual, 3), **DEEP),
    "resnet-56": config(stages(residual, 9), **DEEP),
}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("steps", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_healthy(name, steps):
    """At a rate of 0.1 from the first step on, a few of the 8 channels of the first layer may fall silent for good: a
    true warning, which depends on the last digits. Nothing else may be found."""
    document = look(HEALTHY[name], steps=steps)
    allowed = {"A01"} if name == "resnet-56" and steps == 30 else set()
    assert document["verdict"] == "healthy" and set(fired(document)) <= allowed, brief(document)


SICK = {
    "batch_norm, no shortcuts": ("S05", "exploding_gradients", stages(plain, 9)),
    "no shortcuts, no batch_norm, glorot": (
        "S04",
        "vanishing_gradients",
        stages(lambda f, s: plain(f, s, init="glorot", norm=False), 9),
    ),
}


@pytest.mark.parametrize(
    "rate, steps", [(0.01, 2), *(pytest.param(rate, 12, marks=pytest.mark.slow) for rate in (0.01, 0.1))]
)
@pytest.mark.parametrize("name", SICK)
def test_fifty_six_layers_without_shortcuts(name, rate, steps):
    """The gradient changes by the same factor in every layer, so it is named where it is first out of bounds, and it
    was that before."""
    code, cause, network = SICK[name]
    document = look(config(network, {"sgd": {"learning_rate": rate, "momentum": 0.9}}, **DEEP), steps=steps)
    root = document["findings"][0]
    assert (root["code"], root["cause"], root["severity"]) == (code, cause, "error"), brief(document)
    layers = [row["name"] for row in document["layers"] if row["kind"] == "conv2d"]
    assert root["layer"] in layers[1:-1] and root["evidence"]["at"] in layers[:4] and root["evidence"]["depth"] > 50, (
        brief(document)
    )


def test_the_cure_of_deep_normalised_layers_are_shortcuts():
    sick = config(SICK["batch_norm, no shortcuts"][2], {"sgd": {"learning_rate": 0.01, "momentum": 0.9}}, **DEEP)
    patch = look(sick, steps=1)["findings"][0]["remedy"]["patch"]
    assert len(patch) == 3 and all("{residual: {layers: [" in change for change in patch)
    cured = look(sick.changed(patch), steps=1)
    assert cured["verdict"] == "healthy" and "S05" not in fired(cured), brief(cured)


def test_initial_weights_are_no_cure_where_a_normalisation_undoes_them():
    sick = config(
        stages(lambda f, s: plain(f, s, init="glorot"), 9), {"sgd": {"learning_rate": 0.01, "momentum": 0.9}}, **DEEP
    )
    assert not any("init=" in change for change in look(sick, steps=1)["findings"][0]["remedy"]["patch"])


def test_large_networks_are_measured_on_fewer_rows_and_watched_for_fewer_steps():
    large = experiment(
        config(
            [*conv(256), "relu", *conv(256), *conv(256), "global_avg_pool", {"linear": {"units": 10}}], batch_size=1024
        )
    )
    probe = Probe(large)
    assert ROWS <= probe.samples < 256 and probe.rows >= LEAST_PASS
    assert FEWEST_STEPS <= usual_steps(large) < STEPS == usual_steps(experiment(HEALTHY["lenet"]))


def test_a_channel_is_a_unit_that_is_seen_in_every_place(monkeypatch):
    """Of few samples, a silent channel is still known to be silent: it is so in all of its 64 places. A unit of
    `linear` is not."""
    monkeypatch.setattr(measure, "FLOPS", 1)
    silent = {"bias_init": {"constant": {"value": -50.0}}}
    network = [
        {"conv2d": {"filters": 8, "kernel": 3} | silent},
        "relu",
        "flatten",
        {"linear": {"units": 16} | silent},
        "relu",
        {"linear": {"units": 10}},
    ]
    document = look(config(network), steps=1)
    root, said = document["findings"][0], {check["code"]: check for check in document["checks"]}
    assert (root["code"], root["layer"], root["evidence"]["layers"]) == ("S06", "conv2d1", ["relu1"])
    assert [said[code]["said"] for code in ("S06", "A01", "S07")] == ["fired", "silent", "could not run"]
    assert said["S06"]["why"] == said["A01"]["why"] == "without relu2, since only 32 samples could be measured"


def test_dead_units_are_no_error_where_the_network_learns_with_the_rest():
    """The same units, dead after the same steps: what the loss did decides."""
    structure = SimpleNamespace(places=lambda _: 1, before=lambda _: "linear1")
    record = SimpleNamespace(later=[1], rows=4, samples=4, passes=1, structure=structure)
    for loss, severity in ((0.9, "warning"), (1.1, "error")):
        layers = [{"relu1": Measures(1.0, 1.0, gauged={"dead": share})} for share in (0.0, 0.7)]
        record.start, record.last = Snapshot(0, 2.0, layers[0]), Snapshot(30, loss, layers[1])
        record.learns = Record.learns.fget(record)
        assert DeadInTraining().look(record).severity == severity
