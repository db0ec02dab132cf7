from math import prod

import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec
from dlcli.kernels.pool import whole


class GlobalAvgPool(Layer):
    """The mean of each channel (last axis) over all other axes: what stays of a picture, or of a sequence, is one
    vector.

    Source: Lin, Chen and Yan 2013 (Network in Network). Padded steps take no part.
    """

    def build(self, x):
        channels = expect.channels(x)
        self.places = prod(x[:-1])
        self.steps = np.arange(x[0])[:, None] if x.lengths else None
        if x.lengths:
            self.temp("share", (x[0], self.places // x[0]))
            self.temp("one", (1, 1))
        else:
            self.temp("share", (1, self.places), rows=False)
        return Spec((channels,))

    def forward(self, x, y, train):
        x = x.reshape(len(x), self.places, -1)
        if self.steps is None:
            whole.mean(x, y, self.share)
        else:
            np.matmul(self._shares(), x, out=y[:, None])

    def backward(self, x, y, dy, dx):
        dx = dx.reshape(len(dx), self.places, -1)
        if self.steps is None:
            whole.mean_gradient(dy, dx)
        else:
            np.multiply(self._shares().swapaxes(1, 2), dy[:, None], dx)

    def _shares(self):
        """What each place of each row counts: (rows, 1, places)."""
        np.less(self.steps, self.lengths[:, None, None], self.share)
        np.multiply(self.lengths, self.share.shape[2], self.one[:, 0, 0], casting="unsafe")
        np.divide(self.share, self.one, self.share)
        return self.share.reshape(len(self.share), 1, -1)

    def flops(self, y, *xs):
        return prod(xs[0])
