from math import prod
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Lt

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.engine.streams import uniform


class Dropout(Layer):
    """While training, sets each element to 0 with probability p and multiplies the others by 1 / (1 - p); otherwise y =
    x.

    Source: Srivastava et al. 2014, in the inverted form of PyTorch and Keras.
    """

    apart = True

    p: Annotated[float, Ge(0), Lt(1)] = 0.5
    """Probability of a 0."""

    per: Literal["element", "channel"] = "element"
    """`channel`: whole channels (last axis) of a sample become 0, in all places at once, since neighbouring places of a
    picture say nearly the same (Tompson et al. 2015)."""

    def build(self, x):
        expect.numbers(x)
        self.keep("mask", x if self.per == "element" else (*(1 for _ in x[:-1]), *x[-1:]))
        self.random()
        return x

    def forward(self, x, y, train):
        mask = self.mask
        if not train:
            mask.fill(1)                # backward may follow: gradient checks, frozen entries
            np.copyto(y, x)
            return
        uniform(self.rng, mask)
        np.greater_equal(mask, self.p, mask)
        np.multiply(mask, 1 / (1 - self.p), mask)
        np.multiply(x, mask, y)

    def backward(self, x, y, dy, dx):
        np.multiply(dy, self.mask, dx)

    def flops(self, y, *xs):
        return 2 * prod(y)
