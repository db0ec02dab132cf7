from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import sigmoid


class Silu(Layer):
    """x * sigmoid(x), also called swish (Elfwing et al. 2018)."""

    activation = "rectifying"

    def build(self, x):
        expect.numbers(x)
        self.keep("gate", x)
        return x

    def forward(self, x, y, train):
        sigmoid(x, self.gate)
        np.multiply(x, self.gate, y)

    # y = x s(x) with the gate s = sigmoid, so y' = s + x s (1 - s) = s + y (1 - s)
    def backward(self, x, y, dy, dx):
        np.subtract(1, self.gate, dx)   # gate + y (1 - gate)
        np.multiply(dx, y, dx)
        np.add(dx, self.gate, dx)
        np.multiply(dx, dy, dx)

    def flops(self, y, *xs):
        return 5 * prod(y)
