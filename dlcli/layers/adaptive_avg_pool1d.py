import numpy as np

from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec
from dlcli.kernels import resample
from dlcli.kernels.windows import Count, sequence


class AdaptiveAvgPool1d(Layer):
    """The means of `size` bins that divide a sequence (steps, channels) of any length, channel by channel.

    Bin i of n steps reaches from floor(i n / size) to ceil((i + 1) n / size), as in PyTorch: bins overlap if n is no
    multiple. Padded rows are divided by their own lengths.
    """

    size: Count
    """Steps that come out."""

    def build(self, x):
        sequence(x)
        if not x.lengths:
            resample.declare(self, x, [resample.bins(x[0], self.size)])
            return self.size, x[-1]
        resample.small(self.size, x[0])
        self.temp("share", (self.size, x[0]))           # what each step counts in each bin
        self.temp("inside", (self.size, x[0]), "bool")
        self.temp("edge", (self.size,), "int")
        self.temp("total", (self.size,))
        return Spec((self.size, x[-1]))

    def forward(self, x, y, train):
        if self.lengths is None:
            resample.forward(self, x, y)
        else:
            np.matmul(self._shares(x), x, out=y)

    # y = S x with the shares S of each row, so dx = S^T dy
    def backward(self, x, y, dy, dx):
        if self.lengths is None:
            resample.backward(self, dy, dx)
        else:
            np.matmul(self._shares(x).swapaxes(1, 2), dy, out=dx)

    def _shares(self, x):
        length = self.lengths[:, None]
        steps, bins = np.arange(x.shape[1]), np.arange(self.size)
        np.multiply(bins, length, self.edge)
        np.floor_divide(self.edge, self.size, self.edge)
        np.greater_equal(steps, self.edge[:, :, None], self.inside)
        np.copyto(self.share, self.inside)
        np.multiply(bins + 1, length, self.edge)
        np.negative(self.edge, self.edge)
        np.floor_divide(self.edge, self.size, self.edge)
        np.negative(self.edge, self.edge)
        np.less(steps, self.edge[:, :, None], self.inside)
        np.multiply(self.share, self.inside, self.share)
        np.sum(self.share, axis=2, out=self.total)
        np.divide(self.share, self.total[:, :, None], self.share)
        return self.share

    def flops(self, y, *xs):
        return 2 * self.size * xs[0][0] * y[-1]
