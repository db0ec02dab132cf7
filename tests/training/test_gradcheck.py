"""The gradient check finds planted mistakes, and nothing where there is none."""

import math

import numpy as np
import pytest

from dlcli.layers.linear import Linear
from dlcli.layers.sigmoid import Sigmoid
from dlcli.training import gradcheck
from dlcli.training.gradcheck import check
from tests.training.runs import build


def deep(kind: str, depth: int) -> str:
    layers = "\n".join(f"  - linear: {{units: 12}}\n  - {kind}" for _ in range(depth))
    return f"""
data: {{source: iris, prepare: [standardize]}}
network:
{layers}
  - linear: {{units: 3}}
loss: cross_entropy
optimizer: {{sgd: {{learning_rate: 0.1}}}}
"""


def test_a_right_network_passes_by_far():
    assert check(build("~network.batch_norm1"))["error"] < 1e-9
    result = check(build())         # a bias before batch normalisation has gradient 0: what is left is rounding
    assert result["passed"] and result["error"] < 1e-6
    names = {row["name"] for row in result["parameters"]}
    assert names == {"linear1.W", "linear1.b", "batch_norm1.weight", "batch_norm1.bias", "linear2.W", "linear2.b"}


def test_a_gradient_that_has_nearly_vanished_is_still_compared():
    result = check(build(text=deep("sigmoid", 20)))
    first = result["parameters"][0]
    assert abs(first["analytic"]) < 1e-9 and result["passed"]


@pytest.mark.parametrize("wrong", ["dW", "dx", "nan"])
def test_a_planted_mistake_is_found(wrong, monkeypatch):
    layer = Sigmoid if wrong == "dx" else Linear
    right = layer.backward

    def planted(self, x, y, dy, dx):
        right(self, x, y, dy, dx)
        if wrong == "dW":
            self.dW[0, 0] *= 1.001
        elif wrong == "nan":
            self.dW[0, 0] = math.nan
        else:
            np.multiply(dx, 1.00001, dx)

    monkeypatch.setattr(layer, "backward", planted)
    result = check(build(text=deep("sigmoid", 2)))
    assert not result["passed"] and result["error"] > 2e-6


def test_directions_that_cross_a_kink_are_drawn_again_and_counted():
    result = check(build(text=deep("relu", 3)))
    assert result["passed"] and result["redrawn"] > 0


def test_a_step_in_the_middle_is_reported_and_not_compared():
    result = check(build(text=deep("step", 1)))
    assert result["differentiable"] is False and result["layers"] == ["step1"] and result["parameters"] == []


def test_a_direction_that_always_crosses_a_kink_does_not_pass(monkeypatch):
    monkeypatch.setattr(gradcheck, "_slope", lambda *_: (0.0, True))
    result = check(build(text=deep("relu", 1)))
    assert not result["passed"] and result["redrawn"] == gradcheck.DIRECTIONS * gradcheck.REDRAWS * len(
        result["parameters"]
    )


def test_zero_weights_do_not_sit_on_a_kink():
    result = check(build("network.linear1.linear.init=zeros", "~network.batch_norm1", "~network.dropout1"))
    assert result["passed"]


def test_frozen_parameters_are_not_compared():
    result = check(build("network.linear1.trainable=false"))
    assert [row["name"] for row in result["parameters"]] == [
        "linear2.W",
        "batch_norm1.weight",
        "batch_norm1.bias",
        "linear2.b",
    ]
