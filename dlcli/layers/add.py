from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import BLOCK, ZERO


class Add(Layer):
    """Sum of its inputs, which have one shape: a skip connection, for example (He et al. 2016)."""

    apart = True
    merges = True

    def build(self, *xs):
        self.rectified = False          # whether the relu behind it is computed with it
        self.temp("zeros", (BLOCK,), rows=False)
        return expect.alike(xs)

    def forward(self, x, y, train):
        if not self.rectified:
            _sum(x, y)
            return
        self.zeros.fill(0)
        x, y = [a.reshape(-1) for a in x], y.reshape(-1)
        for part in _parts(y.size):
            _sum([a[part] for a in x], y[part])
            np.maximum(y[part], self.zeros[:y[part].size], out=y[part])

    # each input has the slope 1; with the relu, 0 wherever y is 0
    def backward(self, x, y, dy, dx):
        y, dy, dx = y.reshape(-1), dy.reshape(-1), [a.reshape(-1) for a in dx if a is not None]
        for part in _parts(y.size):
            share = dy[part]
            if self.rectified:
                np.greater(y[part], ZERO, dx[0][part])
                share = np.multiply(dx[0][part], share, dx[0][part])
            for gradient in dx[1:] if self.rectified else dx:
                np.copyto(gradient[part], share)

    def flops(self, y, *xs):
        return prod(y) * (len(xs) - 1)


def _sum(x, y) -> None:
    np.add(x[0], x[1], y)
    for other in x[2:]:
        np.add(y, other, y)


def _parts(size: int):
    """Parts that stay in the cache while several passes run over them."""
    return (slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK))
