from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import sigmoid


class Sigmoid(Layer):
    """1 / (1 + exp(-x)), element by element, in (0, 1). Saturates for |x| above about 5, where gradients vanish."""

    activation = "squashing"
    steepest = 0.25
    fades = True

    def build(self, x):
        expect.numbers(x)
        return x

    def forward(self, x, y, train):
        sigmoid(x, y)

    def backward(self, x, y, dy, dx):
        np.multiply(y, y, dx)
        np.subtract(y, dx, dx)          # y (1 - y)
        np.multiply(dx, dy, dx)

    def flops(self, y, *xs):
        return 4 * prod(y)
