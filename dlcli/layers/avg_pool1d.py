from math import prod

from dlcli.engine.spec import Spec
from dlcli.kernels.pool.mean import AvgPool
from dlcli.kernels.pool.planes import Planes
from dlcli.kernels.pool.window import axis_1d
from dlcli.kernels.windows import ALONE, Count, Padding1d


class AvgPool1d(AvgPool):
    """The mean of each window of a sequence (steps, channels), channel by channel.

    y[t, c] = sum of x[t * stride - padding + p, c] over p < size, divided by the number of steps. Steps out:
    (steps + 2 padding - size) // stride + 1. Rows of different length give what each would give alone (at least one
    step).
    """

    size: Count
    """Steps of a window."""
    stride: Count | None = None
    """Distance between windows; by default the size, so that they do not overlap."""
    padding: Padding1d = "valid"
    """Steps added at both ends: a number, `valid` (none), or `same`: as many as give ceil(steps / stride) windows; rows
    of different length refuse `same` with a stride that would shift their windows."""
    count_include_pad: bool = True
    """Whether padded steps count as zeros in the mean, as in PyTorch; else it is the mean of the real ones, as in
    Keras."""

    def build(self, x):
        self.axis = axis_1d(x, self.size, self.stride, self.padding)
        self.declare(Planes(ALONE, self.axis, x[-1]))
        return Spec((self.axis.out, x[-1]), lengths=x.lengths and "own")

    def flops(self, y, *xs):
        return prod(y) * self.axis.kernel
