from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import positive_part, sigmoid


class Softplus(Layer):
    """log(1 + exp(x)), element by element: a smooth ReLU, always above 0.

    Computed as max(x, 0) + log(1 + exp(-|x|)), which never overflows.
    """

    activation = "rectifying"
    fades = True

    def build(self, x):
        expect.numbers(x)
        self.temp("work", x)
        return x

    def forward(self, x, y, train):
        np.abs(x, y)
        np.negative(y, y)
        np.exp(y, y)
        np.log1p(y, y)
        positive_part(x, self.work)
        np.add(y, self.work, y)

    # y = log(1 + exp(x)), so y' = exp(x) / (1 + exp(x)) = sigmoid(x)
    def backward(self, x, y, dy, dx):
        sigmoid(x, dx)
        np.multiply(dx, dy, dx)

    def flops(self, y, *xs):
        return 6 * prod(y)
