import numpy as np

from dlcli.engine.layer import Layer
from dlcli.kernels.margins import Margins, Size, inner, pairs, per_axis


class Crop(Layer):
    """Takes away the borders of a picture (height, width, channels) or the ends of a sequence (steps, channels).

    Give either `size` or `margins`.
    """

    size: Size | None = None
    """What is left, from the middle: a number for every axis or one per axis ([height, width]). An odd place goes at
    the end."""
    margins: Margins | None = None
    """What is taken away: a number for every side, a number per axis, or [before, after] of each axis ([[top, bottom],
    [left, right]])."""

    def build(self, x):
        if (self.size is None) == (self.margins is None):
            raise ValueError("needs either `size` or `margins`")
        margins = self.margins
        if margins is None:
            spare = [n - size for n, size in zip(x, per_axis(self.size, x))]
            margins = [[n // 2, n - n // 2] for n in spare]
        shape = [n - sum(both) for n, both in zip(x, pairs(margins, x))]
        if min(shape) < 1 or any(n > whole for n, whole in zip(shape, x)):
            raise ValueError(f"cannot cut {tuple(shape)} out of {tuple(x[:-1])}")
        self.inner = inner(pairs(margins, x), x)
        return *shape, x[-1]

    def forward(self, x, y, train):
        np.copyto(y, x[self.inner])

    def backward(self, x, y, dy, dx):
        dx.fill(0)
        np.copyto(dx[self.inner], dy)

    def flops(self, y, *xs):
        return 0
