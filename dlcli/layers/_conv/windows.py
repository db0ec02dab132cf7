"""Every window of a picture as a row of a matrix (im2col), a chunk at a time: it is still in the cache when it is multiplied."""

from math import prod

import numpy as np

from dlcli.layers._conv.geometry import Axis

CHUNK = 1 << 16
"""Elements of a chunk's matrix (256 KB of float32)."""
ROWS = 256
"""Rows of it at least, so that reading the weights again for every chunk stays cheap."""


class Windows:
    """The windows that `h` and `w` describe. `chunks` says which are computed together, `read` gives their matrix.

    A chunk is (first picture, last, first line of windows, last): whole pictures, or some lines of one.
    work: elements of scratch memory that `read` needs.
    """

    def __init__(self, h: Axis, w: Axis, channels: int, groups: int = 1):
        self.h, self.w, self.channels, self.groups = h, w, channels, groups
        self.columns = h.kernel * w.kernel * channels // groups
        lines = max(1, max(CHUNK // max(1, self.columns * groups), ROWS) // w.out)
        self.lines, self.pictures = min(lines, h.out), max(1, lines // h.out)
        self.rows = self.pictures * self.lines * w.out
        self.direct = h.plain and w.plain and groups == 1
        self.padded = h.padded or w.padded
        self.strip = (self.pictures, h.reach(self.lines), w.reach(w.out), channels) if self.padded else (0,)
        self.work = 0 if self.direct else prod(self.strip) + self.rows * self.columns * groups

    def chunks(self, pictures: int):
        for first in range(0, pictures, self.pictures):
            for line in range(0, self.h.out, self.lines):
                yield first, min(first + self.pictures, pictures), line, min(line + self.lines, self.h.out)

    def read(self, x, chunk: tuple, work):
        """(rows, columns) of a chunk, or (groups, rows, columns) where there are several groups. A row is tap by tap, channels last."""
        first, last, top, bottom = chunk
        if self.direct:
            return x[first:last, top:bottom].reshape(-1, self.channels)
        size = prod(self.strip) if self.padded else 0
        view = self.view(self._strip(x, chunk, work[:size]) if self.padded else self._crop(x, chunk), bottom - top)
        rows = (last - first) * (bottom - top) * self.w.out
        matrix = work[size:size + self.groups * rows * self.columns].reshape(self.groups, rows, self.columns)
        into = matrix.reshape(self.groups, last - first, bottom - top, self.w.out, self.h.kernel, self.w.kernel, -1)
        np.copyto(into, view.reshape(*view.shape[:-1], self.groups, -1).transpose(5, 0, 1, 2, 3, 4, 6) if self.groups > 1 else view[None])
        return matrix if self.groups > 1 else matrix[0]

    def view(self, x, lines: int):
        """Windows of pictures that need no padding any more: (pictures, lines, out, kernel, kernel, channels)."""
        pictures, down, across, channels = x.strides
        h, w = self.h, self.w
        shape = (len(x), lines, w.out, h.kernel, w.kernel, self.channels)
        strides = (pictures, down * h.stride, across * w.stride, down * h.dilation, across * w.dilation, channels)
        return np.lib.stride_tricks.as_strided(x, shape, strides)

    def _crop(self, x, chunk: tuple):
        return x[chunk[0]:chunk[1], chunk[2] * self.h.stride - self.h.before:, -self.w.before:]

    def _strip(self, x, chunk: tuple, work):
        """What a chunk's windows read, with zeros beyond the ends of the picture."""
        first, last, top, bottom = chunk
        height = self.h.reach(bottom - top)
        strip = work[:(last - first) * height * prod(self.strip[2:])].reshape(last - first, height, *self.strip[2:])
        (rows, down), (columns, across) = (overlap(start, size, length) for start, size, length in (
            (top * self.h.stride - self.h.before, height, self.h.length), (-self.w.before, self.strip[2], self.w.length)))
        strip[:, :rows.start] = 0
        strip[:, rows.stop:] = 0
        strip[:, rows, :columns.start] = 0
        strip[:, rows, columns.stop:] = 0
        strip[:, rows, columns] = x[first:last, down, across]
        return strip


def overlap(start: int, size: int, length: int) -> tuple[slice, slice]:
    """Of `size` places that begin at `start` of something `length` long: which of them exist, and where they are there."""
    low, high = min(max(-start, 0), size), max(min(length - start, size), 0)
    high = max(low, high)
    return slice(low, high), slice(start + low, start + high)
