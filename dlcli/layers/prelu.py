from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import ZERO, negative_part, positive_part


class Prelu(Layer):
    """x if x > 0, else weight * x, with a learned slope (He et al. 2015).

    Parameter: weight, one number or one for each channel (last axis). Weight decay leaves it alone: it would pull the
    slope towards plain ReLU.
    """

    activation = "straight"

    shared: bool = True
    """One slope for all channels; false: one for each."""
    init: float = 0.25
    """Where the slope starts."""

    def build(self, x):
        expect.numbers(x)
        self.param("weight", (1 if self.shared else expect.channels(x),), {"constant": {"value": self.init}})
        self.temp("work", x)
        if not self.shared:
            self.temp("ones", x[:-1])
        return x

    def forward(self, x, y, train):
        negative_part(x, y)
        positive_part(x, self.work)
        np.multiply(y, self.weight, y)
        np.add(y, self.work, y)

    # y = max(x, 0) + w min(x, 0), so dw = sum of dy min(x, 0), and dx = dy * (1 if x > 0 else w)
    def backward(self, x, y, dy, dx):
        work = self.work
        negative_part(x, work)
        if self.shared:
            self.dweight[0] = np.vdot(work, dy)
        else:
            np.multiply(work, dy, work)
            self.ones.fill(1)
            self.ones.reshape(-1).dot(work.reshape(-1, x.shape[-1]), self.dweight)
        if dx is not None:
            np.greater(x, ZERO, work)
            np.less_equal(x, ZERO, dx)
            np.multiply(dx, self.weight, dx)
            np.add(dx, work, dx)
            np.multiply(dx, dy, dx)

    def piece(self, x, y):
        return x > 0

    def flops(self, y, *xs):
        return 3 * prod(y)
