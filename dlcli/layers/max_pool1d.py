from math import prod

from dlcli.engine.spec import Spec
from dlcli.kernels.pool.largest import MaxPool
from dlcli.kernels.pool.planes import Planes
from dlcli.kernels.pool.window import axis_1d
from dlcli.kernels.windows import ALONE, Count, Padding1d


class MaxPool1d(MaxPool):
    """The largest value of each window of a sequence (steps, channels), channel by channel.

    y[t, c] = max of x[t * stride - padding + p, c] over p < size; padded places never win. Steps out:
    (steps + 2 padding - size) // stride + 1. If several places are equal, the first takes the gradient. Rows of
    different length give what each would give alone (at least one step).
    """

    size: Count
    """Steps of a window."""
    stride: Count | None = None
    """Distance between windows; by default the size, so that they do not overlap."""
    padding: Padding1d = "valid"
    """Steps added at both ends: a number, `valid` (none), or `same`: as many as give ceil(steps / stride) windows; rows
    of different length refuse `same` with a stride that would shift their windows."""

    def build(self, x):
        self.axis = axis_1d(x, self.size, self.stride, self.padding)
        self.declare(Planes(ALONE, self.axis, x[-1]))
        return Spec((self.axis.out, x[-1]), lengths=x.lengths and "own")

    def flops(self, y, *xs):
        return prod(y) * self.axis.kernel
