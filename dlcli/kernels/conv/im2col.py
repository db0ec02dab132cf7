"""Every window of a picture as a row of a matrix (im2col), a chunk at a time: it is still in the cache when it is
multiplied."""

from math import prod

import numpy as np

from dlcli.kernels.windows import Axis

CHUNK = 1 << 17
"""Elements of a chunk's matrix (512 KB of float32)."""
ROWS = 256
"""Rows of it at least, so that reading the weights again for every chunk stays cheap."""


FEW = 4
"""Channels up to which the matrix is written tap by tap: rows of a picture are then longer runs than the taps of a
window."""


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
        self.by_tap = channels <= FEW and groups == 1 and w.stride == 1 and not self.direct
        self.padded = h.padded or w.padded or self.by_tap
        self.strip = (self.pictures, h.reach(self.lines), w.reach(w.out), channels) if self.padded else (0,)
        self.work = 0 if self.direct else prod(self.strip) + self.rows * self.columns * groups

    def chunks(self, pictures: int):
        for first in range(0, pictures, self.pictures):
            for line in range(0, self.h.out, self.lines):
                yield first, min(first + self.pictures, pictures), line, min(line + self.lines, self.h.out)

    def read(self, x, chunk: tuple, work):
        """(rows, columns) of a chunk, or (groups, rows, columns) if there are several groups. A row is tap by tap,
        channels last."""
        first, last, top, bottom = chunk
        if self.direct:
            return x[first:last, top:bottom].reshape(-1, self.channels)
        size, lines = prod(self.strip), bottom - top
        offset = 0
        if self.padded:
            x = self._strip(x, chunk, work[:size])
        else:
            offset = (
                first * x.strides[0]
                + (top * self.h.stride - self.h.before) * x.strides[1]
                - self.w.before * x.strides[2]
            )
        matrix = work[size:size + (last - first) * lines * self.w.out * self.columns * self.groups]
        if self.by_tap:
            return self._taps(x, lines, matrix)
        if self.groups > 1:
            return self._groups(x, offset, last - first, lines, matrix)
        return self._rows(x, offset, last - first, lines, matrix)

    def _rows(self, x, offset: int, count: int, lines: int, matrix):
        """All that a window reads of one row of the picture is one element of the copy, if it lies together."""
        h, w = self.h, self.w
        together = w.kernel if w.dilation == 1 else 1
        place = f"V{together * self.channels * x.itemsize}"
        across = w.kernel // together
        pictures, down, right, _ = x.strides
        view = np.ndarray((count, lines, w.out, h.kernel, across), place, x, offset,
                          (pictures, down * h.stride, right * w.stride, down * h.dilation, right * w.dilation))
        np.copyto(matrix.view(place).reshape(view.shape), view)
        return matrix.reshape(-1, self.columns)

    def _taps(self, x, lines: int, matrix):
        """The matrix turned around, from a strip with its channels first: each of its rows is the picture, shifted."""
        h, w = self.h, self.w
        channels, pictures, down, right = x.strides
        row = f"V{w.out * x.itemsize}"
        view = np.ndarray((h.kernel, w.kernel, self.channels, x.shape[1], lines), row, x, 0,
                          (down * h.dilation, right * w.dilation, channels, pictures, down * h.stride))
        np.copyto(matrix.view(row).reshape(view.shape), view)
        return matrix.reshape(self.columns, -1).T

    def _groups(self, x, offset: int, count: int, lines: int, matrix):
        h, w = self.h, self.w
        pictures, down, right, channels = x.strides
        width = self.channels // self.groups
        view = np.ndarray(
            (self.groups, count, lines, w.out, h.kernel, w.kernel, width),
            x.dtype,
            x,
            offset,
            (
                width * channels,
                pictures,
                down * h.stride,
                right * w.stride,
                down * h.dilation,
                right * w.dilation,
                channels,
            ),
        )
        np.copyto(matrix.reshape(view.shape), view)
        return matrix.reshape(self.groups, -1, self.columns)

    def _strip(self, x, chunk: tuple, work):
        """What a chunk's windows read, with zeros beyond the ends of the picture; channels first if `by_tap`."""
        first, last, top, bottom = chunk
        height, width = self.h.reach(bottom - top), self.strip[2]
        work = work[:(last - first) * height * width * self.channels]
        strip = work.reshape(self.channels, last - first, height, width) if self.by_tap else None
        places = (
            strip.transpose(1, 2, 3, 0) if self.by_tap else work.reshape(last - first, height, width, self.channels)
        )
        (rows, down), (columns, across) = (overlap(*each) for each in (
            (top * self.h.stride - self.h.before, height, self.h.length), (-self.w.before, width, self.w.length)))
        places[:, :rows.start] = 0
        places[:, rows.stop:] = 0
        places[:, rows, :columns.start] = 0
        places[:, rows, columns.stop:] = 0
        places[:, rows, columns] = x[first:last, down, across]
        return strip if self.by_tap else places


def overlap(start: int, size: int, length: int) -> tuple[slice, slice]:
    """Of `size` places that begin at `start` of something `length` long: which of them exist, and where they are
    there."""
    low, high = min(max(-start, 0), size), max(min(length - start, size), 0)
    high = max(low, high)
    return slice(low, high), slice(start + low, start + high)
