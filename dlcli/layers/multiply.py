from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer


class Multiply(Layer):
    """Product of its inputs, element by element; they have one shape. With a sigmoid on one side: a gate."""

    apart = True
    merges = True

    def build(self, *xs):
        return expect.alike(xs)

    def forward(self, x, y, train):
        np.multiply(x[0], x[1], y)
        for other in x[2:]:
            np.multiply(y, other, y)

    # dx of one input = dy times the product of the others
    def backward(self, x, y, dy, dx):
        for place, gradient in enumerate(dx):
            if gradient is not None:
                np.copyto(gradient, dy)
                for other in (*x[:place], *x[place + 1:]):      # no division by x: it may be 0
                    np.multiply(gradient, other, gradient)

    def flops(self, y, *xs):
        return prod(y) * (len(xs) - 1)
