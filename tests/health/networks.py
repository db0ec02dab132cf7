"""Small configs for the tests of health, on data that is made on the spot."""

from dlcli.config.build import experiment
from dlcli.config.config import Config, from_values
from dlcli.health.inspect import inspect

SGD = {"sgd": {"learning_rate": 0.05, "momentum": 0.9}}
ADAM = {"adam": {"learning_rate": 1e-3}}
SPIRALS = {"spirals": {"n": 400, "classes": 3}}


def layers(depth: int, activation="relu", units=32, out=3, norm=None, **options) -> list:
    """linear, activation, linear, activation, ..., linear; `options` are those of every hidden linear."""
    block = [lambda: {"linear": {"units": units, **options}}, *([lambda: norm] if norm else []), lambda: activation]
    return [make() for _ in range(depth) for make in block] + [{"linear": {"units": out}}]


def config(
    network: list, source=None, loss="cross_entropy", optimizer=None, seed=0, prepare=("standardize",), **training
) -> Config:
    data = {"source": source or SPIRALS, "split": {"train": 0.8, "validation": 0.2}, "prepare": list(prepare)}
    return from_values({"seed": seed, "data": data, "network": network, "loss": loss, "optimizer": optimizer or SGD,
                        "training": {"epochs": 50, **training}})


def look(case: Config, **options) -> dict:
    return inspect(experiment(case), **options)


def brief(document: dict) -> list:
    """What went wrong, for messages."""
    return [
        (
            f["code"],
            f["severity"],
            f["cause"],
            f["layer"],
            f["evidence"]["says"],
            brief({"findings": f.get("consequences", [])}),
        )
        for f in document["findings"]
    ]


def fired(document: dict) -> list[str]:
    """Codes of the checks that fired, roots and consequences alike."""
    return [check["code"] for check in document["checks"] if check["said"] == "fired"]
