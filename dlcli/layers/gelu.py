from math import pi, prod, sqrt
from typing import Literal

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import BLOCK, normal_cdf

SLOPE, CUBIC = sqrt(2 / pi), 0.044715


class Gelu(Layer):
    """x * P(x), P the distribution function of the standard normal (Hendrycks and Gimpel 2016)."""

    activation = "rectifying"

    approximate: Literal["tanh", "none"] = "none"
    """`none`: P exactly, as in BERT and as PyTorch's default. `tanh`: P as (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) /
    2, as in GPT-2; several times faster, and at most 0.0005 away."""

    def build(self, x):
        expect.numbers(x)
        self.keep("gate", x)            # P(x)
        if self.approximate == "tanh":
            self.temp("slope", x)
        else:
            self.temp("work", (2, BLOCK), rows=False)
        return x

    def forward(self, x, y, train):
        gate = self.gate
        if self.approximate == "tanh":
            np.multiply(x, x, gate)
            np.multiply(gate, SLOPE * CUBIC, gate)
            np.add(gate, SLOPE, gate)
            np.multiply(gate, x, gate)
            np.tanh(gate, gate)
            np.multiply(gate, 0.5, gate)
            np.add(gate, 0.5, gate)
        else:
            normal_cdf(x, gate, self.work)
        np.multiply(x, gate, y)

    # y = x P(x) with the gate P, so y' = P + x P'
    def backward(self, x, y, dy, dx):
        np.multiply(x, x, dx)
        if self.approximate == "tanh":  # P' = 2 P (1 - P) (sqrt(2/pi) (1 + 3 * 0.044715 x^2))
            slope = self.slope
            np.multiply(dx, 6 * SLOPE * CUBIC, dx)
            np.add(dx, 2 * SLOPE, dx)
            np.subtract(1, self.gate, slope)
            np.multiply(slope, y, slope)
            np.multiply(dx, slope, dx)
        else:                           # P' = exp(-x^2 / 2) / sqrt(2 pi)
            np.multiply(dx, -0.5, dx)
            np.exp(dx, dx)
            np.multiply(dx, 1 / sqrt(2 * pi), dx)
            np.multiply(dx, x, dx)
        np.add(dx, self.gate, dx)
        np.multiply(dx, dy, dx)

    def flops(self, y, *xs):
        return (8 if self.approximate == "tanh" else 50) * prod(y)
