"""One row per optimizer and set of options, with its rule as a textbook has it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dlcli.engine.registry import find


@dataclass
class Case:
    kind: str
    reference: Callable
    """(options, state dict, gradient, step from 1) -> what is subtracted from the weights."""
    options: dict = field(default_factory=dict)
    slots: int = 0

    def __str__(self):
        return "-".join([self.kind, *(f"{k}={v}" for k, v in self.options.items())])

    def make(self, **more):
        return find("optimizers", self.kind)(**{**self.options, **more})


def sgd(o, s, g, t):
    v = s["v"] = o.momentum * s.get("v", 0) + g
    return o.learning_rate * (g + o.momentum * v if o.nesterov else v)


def rmsprop(o, s, g, t):
    q = s["q"] = o.rho * s.get("q", 0) + (1 - o.rho) * g ** 2
    m = s["m"] = o.rho * s.get("m", 0) + (1 - o.rho) * g
    u = g / (np.sqrt(q - m ** 2 if o.centered else q) + o.epsilon)
    v = s["v"] = o.momentum * s.get("v", 0) + u
    return o.learning_rate * v


def adagrad(o, s, g, t):
    q = s["q"] = s.get("q", 0) + g ** 2
    return o.learning_rate * g / (np.sqrt(q) + o.epsilon)


def adam(o, s, g, t):
    m = s["m"] = o.beta1 * s.get("m", 0) + (1 - o.beta1) * g
    v = s["v"] = o.beta2 * s.get("v", 0) + (1 - o.beta2) * g ** 2
    return o.learning_rate * (m / (1 - o.beta1 ** t)) / (np.sqrt(v / (1 - o.beta2 ** t)) + o.epsilon)


CASES = [
    Case("sgd", sgd, {"learning_rate": 0.1}),
    Case("sgd", sgd, {"learning_rate": 0.02, "momentum": 0.9}, slots=1),
    Case("sgd", sgd, {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}, slots=1),
    Case("rmsprop", rmsprop, {"learning_rate": 0.02}, slots=1),
    Case("rmsprop", rmsprop, {"learning_rate": 0.005, "rho": 0.9, "epsilon": 1e-3, "momentum": 0.8}, slots=2),
    Case("rmsprop", rmsprop, {"learning_rate": 0.005, "centered": True, "epsilon": 1e-2}, slots=2),
    Case("rmsprop", rmsprop, {"learning_rate": 0.002, "centered": True, "epsilon": 1e-2, "momentum": 0.8}, slots=3),
    Case("adagrad", adagrad, {"learning_rate": 0.3}, slots=1),
    Case("adagrad", adagrad, {"learning_rate": 0.3, "epsilon": 0.1}, slots=1),
    Case("adam", adam, {"learning_rate": 0.05}, slots=2),
    Case("adam", adam, {"learning_rate": 0.05, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1}, slots=2),
    Case("adam", adam, {"learning_rate": 0.05, "beta1": 0.0, "beta2": 0.0}, slots=2),
    Case("adamw", adam, {"learning_rate": 0.05}, slots=2),
    Case(
        "adamw", adam, {"learning_rate": 0.05, "weight_decay": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1}, slots=2
    ),
]
