from typing import Annotated

from annotated_types import Gt, MaxLen, MinLen

from dlcli.engine.layer import Layer
from dlcli.layers import _resample
from dlcli.layers._pool.window import picture


class AdaptiveAvgPool2d(Layer):
    """The means of `size` bins that divide a picture (height, width, channels) of any size, channel by channel.

    Bin i of n places reaches from floor(i n / size) to ceil((i + 1) n / size), as in PyTorch: bins overlap where n is no multiple.
    """

    size: Annotated[int, Gt(0)] | Annotated[list[Annotated[int, Gt(0)]], MinLen(2), MaxLen(2)]
    """Height and width that come out: a number or [height, width]."""

    def build(self, x):
        picture(x)
        sizes = self.size if isinstance(self.size, (list, tuple)) else (self.size, self.size)
        return _resample.declare(self, x, [_resample.bins(n, size) for n, size in zip(x, sizes)])

    def forward(self, x, y, train):
        _resample.forward(self, x, y)

    def backward(self, x, y, dy, dx):
        _resample.backward(self, dy, dx)

    def flops(self, y, *xs):
        return _resample.flops(self, y)
