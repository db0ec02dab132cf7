from math import prod

from dlcli.kernels.pool.mean import AvgPool
from dlcli.kernels.pool.planes import Planes
from dlcli.kernels.pool.window import axes_2d
from dlcli.kernels.windows import Padding2d, Pair


class AvgPool2d(AvgPool):
    """The mean of each window of a picture (height, width, channels), channel by channel.

    y[i, j, c] = sum of x[i * stride - padding + p, j * stride - padding + q, c] over p, q < size, divided by the number
    of places. Height out: (height + 2 padding - size) // stride + 1, and so the width.
    """

    size: Pair
    """Height and width of a window: a number or [height, width]."""
    stride: Pair | None = None
    """Distance between windows, a number or [down, across]; by default the size, so that windows do not overlap."""
    padding: Padding2d = "valid"
    """Places added on each side: a number, [rows, columns], `valid` (none), or `same`: as many as give ceil(length /
    stride) windows."""
    count_include_pad: bool = True
    """Whether padded places count as zeros in the mean, as in PyTorch; else it is the mean of the real ones, as in
    Keras."""

    def build(self, x):
        h, w = axes_2d(x, self.size, self.stride, self.padding)
        self.declare(Planes(h, w, x[-1]))
        return h.out, w.out, x[-1]

    def flops(self, y, *xs):
        return prod(y) * len(self.planes.offsets)
