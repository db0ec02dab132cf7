from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import ZERO, negative_part, positive_part


class Elu(Layer):
    """x if x > 0, else alpha * (exp(x) - 1): smooth for alpha 1, mean output nearer to 0 (Clevert et al. 2016)."""

    activation = "rectifying"

    alpha: Annotated[float, Gt(0)] = 1.0
    """The output for x far below 0 is -alpha."""

    def build(self, x):
        expect.numbers(x)
        self.temp("work", x)
        return x

    def forward(self, x, y, train):
        positive_part(x, self.work)
        negative_part(x, y)
        np.expm1(y, y)
        if self.alpha != 1:
            np.multiply(y, self.alpha, y)
        np.add(y, self.work, y)

    # y' is 1 for x > 0; else alpha exp(x) = y + alpha
    def backward(self, x, y, dy, dx):
        negative_part(y, dx)
        if self.alpha == 1:
            np.add(dx, 1, dx)
        else:                           # alpha if x <= 0, else 1
            work = self.work
            np.greater(x, ZERO, work)
            np.multiply(work, 1 - self.alpha, work)
            np.add(work, self.alpha, work)
            np.add(dx, work, dx)
        np.multiply(dx, dy, dx)

    def piece(self, x, y):
        return x > 0        # at alpha 1 the slope is continuous, but its own slope jumps

    def flops(self, y, *xs):
        return 4 * prod(y)
