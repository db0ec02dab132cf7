"""Convolution as a matrix product over windows, and its two gradients."""

from math import prod

import numpy as np

from dlcli.layers._conv.geometry import Axis, phases
from dlcli.layers._conv.sums import BLOCK
from dlcli.layers._conv.windows import Windows


class Product:
    """y = windows(x) W + b, for any stride, padding, dilation and number of groups.

    x: (rows, height, width, channels), y: (rows, out, out, filters), W: (kernel, kernel, channels / groups, filters). The gradient of x is
    itself such a convolution of dy, with stride 1 and the kernel turned around: one for each of the places that a stride steps over.
    work: elements of scratch memory that every call needs; `directions` "forward", "backward" or both.
    """

    def __init__(self, h: Axis, w: Axis, channels: int, filters: int, groups: int):
        self.shape = (h.kernel, w.kernel, channels // groups, filters)
        self.channels, self.filters, self.groups = channels, filters, groups
        self.windows = Windows(h, w, channels, groups)
        self.turned = [(down, across, Windows(down.axis, across.axis, filters, groups)) for down in phases(h) for across in phases(w)]
        self.strided = len(self.turned) > 1
        work = [self.windows.work + prod(self.shape) + filters + self.windows.rows]
        for down, across, windows in self.turned:
            work.append(windows.work + down.axis.kernel * across.axis.kernel * self.shape[2] * filters + windows.rows * channels)
        self.work = max(*work, BLOCK + max(channels, filters))

    def forward(self, x, W, b, y, work):
        W = self._grouped(W.reshape(-1, self.filters))
        for chunk in self.windows.chunks(len(x)):
            out = self._lines(y, chunk)
            np.matmul(self.windows.read(x, chunk, work), W, out=self._grouped(out))
            if b is not None:
                np.add(out, b, out)

    def backward(self, x, dy, W, dW, db, dx, work):
        self.gradients(x, dy, dW, db, work)
        if dx is not None:
            self.adjoint(dy, W, dx, work)

    def gradients(self, x, dy, dW, db, work):
        """Of W, and of b unless db is None."""
        dW = dW.reshape(-1, self.filters)
        part = work[self.windows.work:][:dW.size].reshape(dW.shape)
        ones, total = np.split(work[self.windows.work + dW.size:][:self.windows.rows + self.filters], [self.windows.rows])
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

    def adjoint(self, dy, W, dx, work):
        """dx from dy."""
        kernel = W.reshape(*self.shape[:3], self.groups, -1)
        for down, across, windows in self.turned:
            into = dx[:, down.start::self.windows.h.stride, across.start::self.windows.w.stride]
            if not windows.columns:
                into.fill(0)            # no window reads these places
                continue
            taps = kernel[down.taps, across.taps].transpose(3, 0, 1, 4, 2)
            turned = work[windows.work:][:taps.size].reshape(taps.shape)
            np.copyto(turned, taps)
            turned = turned.reshape(self.groups, -1, self.shape[2])
            spare = work[windows.work + taps.size:]
            for chunk in windows.chunks(len(dy)):
                first, last, top, bottom = chunk
                part = into[first:last, top:bottom]
                out = spare[:part.size].reshape(-1, self.channels) if self.strided else part.reshape(-1, self.channels)
                matrix = windows.read(dy, chunk, work)
                np.matmul(matrix, turned if self.groups > 1 else turned[0], out=self._grouped(out))
                if self.strided:
                    np.copyto(part, out.reshape(part.shape))

    def _lines(self, y, chunk: tuple):
        return y[chunk[0]:chunk[1], chunk[2]:chunk[3]].reshape(-1, self.filters)

    def _grouped(self, matrix):
        """(rows, width) as (groups, rows, width of a group), a view."""
        return matrix.reshape(len(matrix), self.groups, -1).swapaxes(0, 1) if self.groups > 1 else matrix
