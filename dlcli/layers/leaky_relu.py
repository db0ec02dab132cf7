from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Ge, Lt

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import ZERO


class LeakyRelu(Layer):
    """x if x > 0, else negative_slope * x (Maas et al. 2013): units that are off still learn."""

    activation = "straight"

    negative_slope: Annotated[float, Ge(0), Lt(1)] = 0.01
    """Slope for x below 0."""

    def build(self, x):
        expect.numbers(x)
        return x

    def forward(self, x, y, train):
        np.multiply(x, self.negative_slope, y)
        np.maximum(x, y, out=y)

    def backward(self, x, y, dy, dx):
        np.greater(x, ZERO, dx)
        np.multiply(dx, 1 - self.negative_slope, dx)
        np.add(dx, self.negative_slope, dx)
        np.multiply(dx, dy, dx)

    def piece(self, x, y):
        return x > 0

    def flops(self, y, *xs):
        return 2 * prod(y)
