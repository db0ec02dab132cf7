from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec
from dlcli.kernels.pool import whole


class GlobalMaxPool(Layer):
    """The largest value of each channel (last axis) over all other axes.

    Padded steps take no part. If several places are equal, the first takes the gradient.
    """

    def build(self, x):
        channels = expect.channels(x)
        self.steps = np.arange(x[0]) if x.lengths else None
        if x.lengths:
            self.temp("real", x)
            self.temp("padding", x[:1], "bool")
        return Spec((channels,))

    def forward(self, x, y, train):
        np.max(self._places(x), axis=1, out=y)

    def backward(self, x, y, dy, dx):
        x, dx = self._places(x), dx.reshape(len(dx), -1, dx.shape[-1])
        whole.largest_gradient(x, dy, dx)

    def _places(self, x):
        """x as (rows, places, channels), the padding as low as can be."""
        if self.lengths is not None:
            np.greater_equal(self.steps, self.lengths[:, None], self.padding)
            np.copyto(self.real, x)
            np.copyto(self.real, -np.inf, where=self.padding.reshape(*self.padding.shape, *(1,) * (x.ndim - 2)))
            x = self.real
        return x.reshape(len(x), -1, x.shape[-1])

    def piece(self, x, y):
        return self._places(x).argmax(axis=1)

    def flops(self, y, *xs):
        return prod(xs[0])
