"""Convolution if every channel has a kernel of its own (depthwise): tap by tap, as there is nothing for a product to
add up."""

from math import prod

import numpy as np

from dlcli.kernels.conv.contract import Convolution
from dlcli.kernels.conv.im2col import overlap
from dlcli.kernels.conv.sums import BLOCK, add_rows
from dlcli.kernels.windows import Axis

CHUNK = 1 << 16
"""Elements of a chunk of outputs, over which all taps pass."""


class Depthwise(Convolution):
    """As many groups as channels and filters: W (kernel, kernel, 1, channels)."""

    def __init__(self, h: Axis, w: Axis, channels: int):
        self.h, self.w, self.channels = h, w, channels
        self.shape = (h.kernel, w.kernel, 1, channels)
        self.out = (h.out, w.out, channels)
        self.pictures = max(1, CHUNK // prod(self.out))
        self.strip = (h.reach(h.out), w.reach(w.out), channels)
        (self.rows, self.down), (self.columns, self.across) = (
            overlap(-a.before, a.reach(a.out), a.length) for a in (h, w)
        )
        self.sizes = (
            self.pictures * prod(self.strip),
            self.pictures * prod(self.out),
            prod(self.shape) * w.out,
            BLOCK + 2 * channels,
        )
        self.work = sum(self.sizes)

    def forward(self, x, W, b, y, work, won=None):
        strip, part, kernels, _ = self._start(work, W)
        for first in range(0, len(x), self.pictures):
            out = y[first:first + self.pictures]
            self._pad(x[first:first + self.pictures], strip)
            product = part[:len(out)]
            for number, view in enumerate(self._taps(strip[:len(out)])):
                np.multiply(view, kernels[number], product if number else out)
                if number:
                    np.add(out, product, out)
            if b is not None:
                np.add(out, b, out)

    def gradients(self, x, dy, dW, db, work):
        strip, part, _, sums = self._start(work)
        dW.fill(0)
        total = sums[-self.channels:]
        for first in range(0, len(x), self.pictures):
            out = dy[first:first + self.pictures]
            self._pad(x[first:first + self.pictures], strip)
            product = part[:len(out)]
            for gradient, view in zip(dW.reshape(-1, self.channels), self._taps(strip[:len(out)])):
                np.multiply(view, out, product)
                add_rows(product.reshape(-1, self.channels), total, sums)
                np.add(gradient, total, gradient)
        if db is not None:
            add_rows(dy.reshape(-1, self.channels), db, sums)

    def adjoint(self, dy, W, dx, work):
        strip, part, kernels, _ = self._start(work, W)
        for first in range(0, len(dy), self.pictures):
            share = dy[first:first + self.pictures]
            total, product = strip[:len(share)], part[:len(share)]
            total.fill(0)
            for kernel, view in zip(kernels, self._taps(total)):
                np.multiply(share, kernel, product)
                np.add(view, product, view)
            into = dx[first:first + self.pictures]
            if self.down.stop < self.h.length or self.across.stop < self.w.length:
                into.fill(0)            # no window reads the last places
            np.copyto(into[:, self.down, self.across], total[:, self.rows, self.columns])

    def _start(self, work, W=None):
        """The scratch memory: padded pictures, a chunk, each tap's weights for a line of outputs, sums."""
        strip, part, kernels, sums = np.split(work[:self.work], np.cumsum(self.sizes)[:-1])
        kernels = kernels.reshape(-1, self.w.out, self.channels)
        if W is not None:
            np.copyto(kernels, W.reshape(-1, 1, self.channels))
        return strip.reshape(-1, *self.strip), part.reshape(-1, *self.out), kernels, sums

    def _pad(self, x, strip) -> None:
        strip = strip[:len(x)]
        strip.fill(0)
        strip[:, self.rows, self.columns] = x[:, self.down, self.across]

    def _taps(self, strip):
        """What each tap of the windows reads."""
        for u in range(self.h.kernel):
            for v in range(self.w.kernel):
                row, column = u * self.h.dilation, v * self.w.dilation
                yield strip[:, row:row + (self.h.out - 1) * self.h.stride + 1:self.h.stride,
                            column:column + (self.w.out - 1) * self.w.stride + 1:self.w.stride]
