"""Convolution of few channels: in the gradient of the input, every block of neighbouring dy scatters over the places
that it came from."""

from math import isqrt

import numpy as np

from dlcli.kernels.conv.im2col import CHUNK
from dlcli.kernels.conv.product import ByWindows
from dlcli.kernels.windows import Axis

NARROW = 16
"""Channels below which a product with as many columns would lose most of its speed."""


def suits(h: Axis, w: Axis, channels: int, groups: int) -> bool:
    """Whether it can be used and is faster, from the shapes alone."""
    return groups == 1 and channels < NARROW and all(a.stride == a.dilation == 1 for a in (h, w))


class Scatter(ByWindows):
    """For stride 1 and few channels: dx from blocks of neighbouring windows.

    A block is `size` neighbouring windows of a line. One product gives all that it adds to `kernel` lines of dx, as
    runs of (kernel + size - 1) x channels; these are then added up, all runs at a time that do not overlap.
    """

    def __init__(self, h: Axis, w: Axis, channels: int, filters: int):
        super().__init__(h, w, channels, filters, groups=1)
        self.h, self.w = h, w
        small = [n for n in range(1, isqrt(w.out) + 1) if w.out % n == 0]
        self.size = min(sorted({*small, *(w.out // n for n in small)}), key=self._cost)
        self.run = (w.kernel + self.size - 1) * channels
        self.blocks = w.out // self.size
        self.columns = h.kernel * self.run
        self.pictures = max(1, CHUNK // (h.out * self.blocks * self.columns))
        self.sizes = (self.size * filters * self.columns, self.pictures * h.out * self.blocks * self.columns,
                      self.pictures * h.reach(h.out) * w.reach(w.out) * channels)
        self.work = max(self.work, sum(self.sizes))

    def _cost(self, size: int) -> float:
        """Nanoseconds for each window (measured): a product at 95 GFLOP/s, and additions that cost 15 ns a run besides
        0.25 a number."""
        run = (self.w.kernel + size - 1) * self.channels
        return self.h.kernel * (2 * self.filters * run / 95 + (15 + run / 4) / size)

    def adjoint(self, dy, W, dx, work):
        matrix, products, sums = np.split(work[:sum(self.sizes)], np.cumsum(self.sizes)[:-1])
        self._shift(W, matrix)
        matrix = matrix.reshape(-1, self.columns)
        h, w, together = self.h, self.w, -(-self.run // (self.size * self.channels))
        for first in range(0, len(dy), self.pictures):
            part = dy[first:first + self.pictures]
            n = len(part)
            runs = products[:n * h.out * self.blocks * self.columns].reshape(n, h.out, self.blocks, h.kernel, self.run)
            np.matmul(part.reshape(-1, len(matrix)), matrix, out=runs.reshape(-1, self.columns))
            total = sums[:n * h.reach(h.out) * w.reach(w.out) * self.channels].reshape(n, h.reach(h.out), -1)
            total.fill(0)
            for line in range(h.kernel):
                for start in range(min(together, self.blocks)):         # blocks `together` apart do not overlap
                    self._add(total[:, line:line + h.out], runs[:, :, start::together, line], start, together)
            places = total.reshape(n, h.reach(h.out), -1, self.channels)
            np.copyto(dx[first:first + n], places[:, h.before:h.before + h.length, w.before:w.before + w.length])

    def _add(self, lines, runs, start: int, together: int) -> None:
        step = self.size * self.channels * lines.itemsize
        n, height, blocks, run = runs.shape
        into = np.lib.stride_tricks.as_strided(
            lines[:, :, start * self.size * self.channels :],
            (n, height, blocks, run),
            (*lines.strides[:2], together * step, lines.itemsize),
        )
        np.add(into, runs, into)

    def _shift(self, W, matrix) -> None:
        """The kernel once for each window of a block, shifted: (windows, filters, kernel, kernel + windows - 1,
        channels)."""
        matrix.fill(0)
        shifted = matrix.reshape(self.size, self.filters, self.h.kernel, -1, self.channels)
        for place in range(self.size):
            np.copyto(
                shifted[place, :, :, place : place + self.w.kernel],
                W.reshape(self.h.kernel, self.w.kernel, self.channels, -1).transpose(3, 0, 1, 2),
            )
