from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer


class Softmax(Layer):
    """exp(x_i) / sum_j exp(x_j) over the last axis: positive numbers that add up to 1.

    For training a classifier leave it out or put it last: loss `cross_entropy` reads the scores before it.
    """

    apart = True

    def build(self, x):
        expect.channels(x)
        self.temp("row", (*x[:-1], 1))
        return x

    def forward(self, x, y, train):
        row = self.row
        np.maximum.reduce(x, -1, None, row, True)
        np.subtract(x, row, y)
        np.exp(y, y)
        np.add.reduce(y, -1, None, row, True)
        np.divide(y, row, y)

    # dy[i]/dx[j] = y[i] ([i = j] - y[j]), so dx = y * (dy - sum of dy * y)
    def backward(self, x, y, dy, dx):
        np.vecdot(dy, y, self.row[..., 0])
        np.subtract(dy, self.row, dx)
        np.multiply(dx, y, dx)

    def flops(self, y, *xs):
        return 5 * prod(y)
