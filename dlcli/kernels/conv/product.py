"""Convolution as a matrix product over windows, and its gradients as such products."""

from math import prod

import numpy as np

from dlcli.kernels.conv.contract import Convolution
from dlcli.kernels.conv.geometry import Phase, phases
from dlcli.kernels.conv.im2col import Windows
from dlcli.kernels.conv.sums import BLOCK
from dlcli.kernels.windows import Axis


class ByWindows(Convolution):
    """y = windows(x) W + b: the part that its two members share."""

    def __init__(self, h: Axis, w: Axis, channels: int, filters: int, groups: int):
        self.shape = (h.kernel, w.kernel, channels // groups, filters)
        self.channels, self.filters, self.groups = channels, filters, groups
        self.windows = Windows(h, w, channels, groups)
        forward = self.windows.work + prod(self.shape) + filters + self.windows.rows + w.out * filters
        self.work = max(forward, BLOCK + max(channels, filters))

    def forward(self, x, W, b, y, work, won=None):
        W = self._grouped(W.reshape(-1, self.filters))
        line = work[self.windows.work:][:self.windows.w.out * self.filters]
        if b is not None:
            # a line of windows at a time: long rows are added three times faster
            line.reshape(-1, self.filters)[...] = b
        for chunk in self.windows.chunks(len(x)):
            out = self._lines(y, chunk)
            np.matmul(self.windows.read(x, chunk, work), W, out=self._grouped(out))
            if b is not None:
                out = out.reshape(-1, len(line))
                np.add(out, line, out)

    def gradients(self, x, dy, dW, db, work):
        dW = dW.reshape(-1, self.filters)
        part = work[self.windows.work:][:dW.size].reshape(dW.shape)
        ones, total = np.split(
            work[self.windows.work + dW.size :][: self.windows.rows + self.filters], [self.windows.rows]
        )
        ones.fill(1)
        for number, chunk in enumerate(self.windows.chunks(len(x))):
            matrix, out = self.windows.read(x, chunk, work), self._lines(dy, chunk)
            np.matmul(matrix.swapaxes(-1, -2), self._grouped(out), out=self._grouped(part if number else dW))
            if number:
                np.add(dW, part, dW)
            if db is not None:
                np.matmul(ones[:len(out)], out, total if number else db)
                if number:
                    np.add(db, total, db)

    def _lines(self, y, chunk: tuple):
        return y[chunk[0]:chunk[1], chunk[2]:chunk[3]].reshape(-1, self.filters)

    def _grouped(self, matrix):
        """(rows, width) as (groups, rows, width of a group), a view."""
        return matrix.reshape(len(matrix), self.groups, -1).swapaxes(0, 1) if self.groups > 1 else matrix


class Product(ByWindows):
    """For any stride, padding, dilation and number of groups.

    dx is itself such a convolution of dy, with stride 1 and the kernel turned around: one for each of the places that a
    stride steps over.
    """

    def __init__(self, h: Axis, w: Axis, channels: int, filters: int, groups: int):
        super().__init__(h, w, channels, filters, groups)
        self.turned = [_Turned(down, across, self.shape, groups) for down in phases(h) for across in phases(w)]
        self.strided = len(self.turned) > 1
        self.work = max(self.work, *(turned.work for turned in self.turned))

    def adjoint(self, dy, W, dx, work):
        for turned in self.turned:
            into = dx[:, turned.down.start::self.windows.h.stride, turned.across.start::self.windows.w.stride]
            if not turned.windows.columns:
                into.fill(0)            # no window reads these places
                continue
            matrix, spare = turned.weights(W, work)
            for chunk in turned.windows.chunks(len(dy)):
                first, last, top, bottom = chunk
                part = into[first:last, top:bottom]
                out = (spare[:part.size] if self.strided else part).reshape(-1, turned.width)
                np.matmul(turned.windows.read(dy, chunk, work), matrix, out=self._grouped(out))
                if self.strided:
                    np.copyto(part, out.reshape(part.shape))


class _Turned:
    """The convolution of dy that gives one phase of dx."""

    def __init__(self, down: Phase, across: Phase, shape: tuple, groups: int):
        self.down, self.across, self.shape, self.groups = down, across, shape, groups
        self.width = shape[2] * groups
        self.windows = Windows(down.axis, across.axis, shape[3], groups)
        self.work = (
            self.windows.work
            + down.axis.kernel * across.axis.kernel * shape[2] * shape[3]
            + self.windows.rows * self.width
        )

    def weights(self, W, work):
        """The matrix (groups, taps of all filters, channels), and the scratch memory that is left."""
        taps = W.reshape(*self.shape[:3], self.groups, -1)[self.down.taps, self.across.taps].transpose(3, 0, 1, 4, 2)
        matrix, spare = np.split(work[self.windows.work:], [taps.size])
        np.copyto(matrix.reshape(taps.shape), taps)
        matrix = matrix.reshape(self.groups, -1, self.shape[2])
        return matrix if self.groups > 1 else matrix[0], spare
