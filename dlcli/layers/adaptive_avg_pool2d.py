from dlcli.engine.layer import Layer
from dlcli.kernels import resample
from dlcli.kernels.windows import Pair, pair, picture


class AdaptiveAvgPool2d(Layer):
    """The means of `size` bins that divide a picture (height, width, channels) of any size, channel by channel.

    Bin i of n places reaches from floor(i n / size) to ceil((i + 1) n / size), as in PyTorch: bins overlap if n is
    no multiple.
    """

    size: Pair
    """Height and width that come out: a number or [height, width]."""

    def build(self, x):
        picture(x)
        return resample.declare(self, x, [resample.bins(n, size) for n, size in zip(x, pair(self.size))])

    def forward(self, x, y, train):
        resample.forward(self, x, y)

    def backward(self, x, y, dy, dx):
        resample.backward(self, dy, dx)

    def flops(self, y, *xs):
        return resample.flops(self, y)
