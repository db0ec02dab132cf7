"""The table of initializers: one row per initializer and set of options. A new one is its file and a row here.

`mean` and `variance` are the published ones for a shape, or None where the draws are not independent (orthogonal).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod


@dataclass
class Case:
    kind: str
    options: dict = field(default_factory=dict)
    mean: float | None = 0.0
    variance: Callable | None = None

    def __str__(self):
        return "-".join([self.kind, *(f"{name}={value}" for name, value in self.options.items())])


def fan_in(shape):
    return prod(shape[:-1])


def fan_out(shape):
    return prod(shape[:-2]) * shape[-1]


CASES = [
    Case("zeros", {}, 0.0, lambda shape: 0.0),
    Case("ones", {}, 1.0, lambda shape: 0.0),
    Case("constant", {"value": -2.5}, -2.5, lambda shape: 0.0),
    Case("normal", {}, 0.0, lambda shape: 0.05 ** 2),
    Case("normal", {"mean": 1.5, "std": 0.2}, 1.5, lambda shape: 0.2 ** 2),
    Case("uniform", {}, 0.0, lambda shape: 0.1 ** 2 / 12),
    Case("uniform", {"low": -1.0, "high": 3.0}, 1.0, lambda shape: 4 ** 2 / 12),
    Case("glorot", {}, 0.0, lambda shape: 2 / (fan_in(shape) + fan_out(shape))),
    Case("glorot", {"distribution": "normal", "gain": 0.5}, 0.0, lambda shape: 0.5 / (fan_in(shape) + fan_out(shape))),
    Case("he", {}, 0.0, lambda shape: 2 / fan_in(shape)),
    Case("he", {"distribution": "uniform", "gain": 0.5}, 0.0, lambda shape: 0.5 / fan_in(shape)),
    Case("he", {"fan": "out"}, 0.0, lambda shape: 2 / fan_out(shape)),
    Case("lecun", {}, 0.0, lambda shape: 1 / fan_in(shape)),
    Case("lecun", {"distribution": "uniform", "gain": 3.0}, 0.0, lambda shape: 9 / fan_in(shape)),
    Case("orthogonal", {}, None),
    Case("orthogonal", {"gain": 1.5}, None),
]
