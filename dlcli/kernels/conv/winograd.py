"""Winograd's convolution for 3 x 3 kernels, F(4 x 4, 3 x 3), wholly as matrix products: a quarter of the
multiplications.

Pictures are cut into tiles of 4 x 4 outputs, which see 6 x 6 inputs. Both are transformed along one axis, then along
the other: down the columns straight from (or to) the rows of the picture, across on planes that hold one place of every
tile. Between lie 36 products of (tiles, channels) with (channels, filters). The backward pass is the exact adjoint,
step by step.
"""

from math import prod

import numpy as np

from dlcli.kernels.conv.contract import Convolution
from dlcli.kernels.conv.sums import BLOCK, add_rows
from dlcli.kernels.conv.transforms import matrices
from dlcli.kernels.windows import Axis

ELEMENTS = 8192
"""Tiles x channels of a chunk: its 36 planes are 1.2 MB of float32."""
SMALL = 10**6
"""Multiplications of a product below which OpenBLAS copies no matrix first."""
TILES = 64
"""Tiles of a chunk whose products are larger than that, so that reading the 36 kernels for every chunk stays cheap."""
WEIGHTS = 1 << 16
"""Channels x filters at most: the transformed kernel is four times as large as the kernel, and is read for every
chunk."""
CHANNELS = 8
"""Channels and filters at least: below, the transforms cost more than they save."""


def suits(h: Axis, w: Axis, channels: int, filters: int, groups: int) -> bool:
    """Whether it can be used and is faster, from the shapes alone."""
    fits = all(a.kernel == 3 and a.stride == a.dilation == 1 and 0 <= a.before <= 2 for a in (h, w)) and groups == 1
    full = h.out * w.out >= 8 * -(-h.out // 4) * -(-w.out // 4)         # half of the tiles at least is output
    return fits and full and min(channels, filters) >= CHANNELS and channels * filters <= WEIGHTS


class Transforms:
    """The matrices in one float type, in the order that is fastest for their size."""

    def __init__(self, dtype):
        B, G, A = matrices()
        self.B, self.back_B, self.back_A = (np.asarray(m, dtype, order="F") for m in (B, B.T, A.T))
        self.A, self.biased_A = A.astype(dtype), np.concatenate([A, np.ones((4, 1))], 1).astype(dtype)
        # plane (across, down) from tap (down, across)
        self.G = np.einsum("au,bv->bauv", G, G).reshape(36, 9).astype(dtype)
        # two rows of a tile's six belong to the tile below, too
        above = np.concatenate([B.T[4:], np.zeros((2, 6))])
        self.stack = np.concatenate([above, B.T[:4]], 1).astype(dtype)


class Winograd(Convolution):
    """For kernels of 3 x 3 that `suits` lets through; the gradients share the transformed dy."""

    def __init__(self, h: Axis, w: Axis, channels: int, filters: int):
        self.h, self.w, self.channels, self.filters = h, w, channels, filters
        self.shape = (3, 3, channels, filters)
        self.down, self.across = -(-h.out // 4), -(-w.out // 4)         # tiles
        tiles = min(ELEMENTS // max(channels, filters), SMALL // (channels * filters))
        tiles = tiles if tiles >= TILES // 2 else TILES
        self.lines = min(self.down, max(1, tiles // self.across))
        self.pictures = max(1, tiles // (self.down * self.across))
        self.most = self.pictures * self.lines * self.across
        # columns, one more so that rows do not fall on one another
        self.wide, self.tall = 4 * self.across + 1, 4 * self.across + 2
        self.sizes = {"wide": self.pictures * self.lines * 7 * self.wide * filters,
                      "tall": self.pictures * (self.lines + 1) * 6 * self.tall * channels,
                      "planes": 36 * self.most * max(channels, filters) + BLOCK,
                      "V": 36 * self.most * channels, "M": 36 * self.most * filters,
                      "U": 36 * channels * filters, "total": 36 * channels * filters, "part": 36 * channels * filters}
        self.work = sum(self.sizes.values())
        self.transforms = {}

    def forward(self, x, W, b, y, work, won=None):
        t, a = self._start(work, won)
        np.matmul(t.G, W.reshape(9, -1), out=a["U"].reshape(36, -1))
        for chunk in self.chunks(len(x)):
            self._inputs(t, a, x, chunk)
            self._outputs(t, a, b, y, chunk)

    # U = G W G^T, V = B x B^T, M = V U at each place, y = A M A^T; so dM = A^T dy A, dU = V^T dM, dV = dM U^T,
    # dW = G^T dU G, dx = B^T dV B.
    def backward(self, x, dy, W, dW, db, dx, work, won=None):
        t, a = self._start(work, won)
        if dx is not None:
            self._turn(t, a, W)
        for chunk in self.chunks(len(x)):
            self._output_gradients(t, a, dy, chunk)
            self._add_weights(t, a, x, chunk, first=chunk[0] == chunk[2] == 0)
            if dx is not None:
                self._input_gradients(t, a, dx, chunk)
        np.matmul(t.G.T, a["total"].reshape(36, -1), out=dW.reshape(9, -1))
        if db is not None:
            add_rows(dy.reshape(-1, self.filters), db, a["planes"])

    def gradients(self, x, dy, dW, db, work):
        self.backward(x, dy, None, dW, db, None, work)

    def adjoint(self, dy, W, dx, work):
        t, a = self._start(work)
        self._turn(t, a, W)
        for chunk in self.chunks(len(dy)):
            self._output_gradients(t, a, dy, chunk)
            self._input_gradients(t, a, dx, chunk)

    def _turn(self, t, a, W):
        """U^T: the transformed kernel, for products with the gradients of outputs."""
        np.matmul(t.G, W.reshape(9, -1), out=a["part"].reshape(36, -1))
        np.copyto(a["U"].reshape(36, self.filters, -1), a["part"].reshape(36, -1, self.filters).swapaxes(1, 2))

    def chunks(self, pictures: int):
        """(first picture, last, first line of tiles, last): whole pictures, or some lines of one."""
        for first in range(0, pictures, self.pictures):
            for line in range(0, self.down, self.lines):
                yield first, min(first + self.pictures, pictures), line, min(line + self.lines, self.down)

    def _start(self, work, won=None):
        """The matrices, and the scratch memory by name. won: memory that `PooledWinograd` keeps from forward to
        backward."""
        t = self.transforms.get(work.dtype)
        if t is None:
            t = self.transforms[work.dtype] = Transforms(work.dtype)
        arrays, start = {"won": won}, 0
        for name, size in self.sizes.items():
            arrays[name] = work[start:start + size]
            start += size
        return t, arrays

    def _inputs(self, t, a, x, chunk):
        """V: the transformed tiles of x, (6 across, 6 down, tiles, channels)."""
        first, last, top, bottom = chunk
        n, lines, c, tall, left = last - first, bottom - top, self.channels, a["tall"], self.w.before
        size, width = x.itemsize, self.w.length
        rows = view(tall, (n, self.lines + 1, 6, self.tall * c))[:, 1:lines + 1]
        rows[..., :left * c] = 0
        rows[..., (left + width) * c:] = 0
        for start, stop, low, high in self._clipped(top, bottom, 6, self.h.before, self.h.length):
            offset = (first * self.h.length + 4 * start - self.h.before + low) * width * c * size
            line = width * c * size
            source = np.ndarray(
                (n, stop - start, high - low, width * c),
                x.dtype,
                x,
                offset,
                (self.h.length * line, 4 * line, line, size),
            )
            np.matmul(t.B[:, low:high], source, out=rows[:, start - top:stop - top, :, left * c:(left + width) * c])
        planes = a["planes"][:36 * n * lines * self.across * c]
        np.copyto(self._places(planes, (6, 6, n, lines, self.across), c),
                  self._tiles(tall, c, self.tall, 6, self.lines + 1, 1, (6, n, lines)))
        count = planes.size // 36
        np.matmul(
            t.B,
            planes.reshape(6, 6, count).swapaxes(0, 1),
            out=a["V"][: planes.size].reshape(6, 6, count).swapaxes(0, 1),
        )

    def _products(self, a, chunk):
        """M = V U, for all 36 places."""
        tiles, f = (chunk[1] - chunk[0]) * (chunk[3] - chunk[2]) * self.across, self.filters
        V, M = a["V"][:36 * tiles * self.channels].reshape(36, tiles, -1), a["M"][:36 * tiles * f].reshape(36, tiles, f)
        np.matmul(V, a["U"].reshape(36, -1, f), out=M)

    def _outputs(self, t, a, b, y, chunk):
        """y from V: the products with U, and both transforms back."""
        first, last, top, bottom = chunk
        n, lines, f = last - first, bottom - top, self.filters
        tiles = n * lines * self.across
        self._products(a, chunk)
        M = a["M"][:36 * tiles * f]
        planes = a["planes"][:24 * tiles * f]
        np.matmul(t.A, M.reshape(6, 6, -1).swapaxes(0, 1), out=planes.reshape(4, 6, -1).swapaxes(0, 1))
        wide = a["wide"]
        np.copyto(
            self._tiles(wide, f, self.wide, 7, self.lines, 0, (4, n, lines)),
            self._places(planes, (4, 6, n, lines, self.across), f),
        )
        rows = view(wide, (n, self.lines, 7, self.wide * f))[:, :lines, :, :self.w.out * f]
        if b is not None:
            view(wide, (n, self.lines, 7, self.wide, f))[:, :lines, 6] = b
        for start, stop, _, high in self._clipped(top, bottom, 4, 0, self.h.out):
            out = y[first:last, 4 * start:4 * start + (stop - start - 1) * 4 + high].reshape(n, stop - start, high, -1)
            kind = t.A if b is None else t.biased_A
            np.matmul(kind[:high], rows[:, start - top:stop - top, :kind.shape[1]], out=out)

    def _output_gradients(self, t, a, dy, chunk):
        """M: the transformed tiles of dy, (6 across, 6 down, tiles, filters)."""
        first, last, top, bottom = chunk
        n, lines, f, wide = last - first, bottom - top, self.filters, a["wide"]
        rows = view(wide, (n, self.lines, 6, self.wide * f))[:, :lines]
        rows[..., self.w.out * f:] = 0
        for start, stop, _, high in self._clipped(top, bottom, 4, 0, self.h.out):
            source = dy[first:last, 4 * start : 4 * start + (stop - start - 1) * 4 + high].reshape(
                n, stop - start, high, -1
            )
            np.matmul(t.back_A[:, :high], source, out=rows[:, start - top:stop - top, :, :self.w.out * f])
        planes = a["planes"][:24 * n * lines * self.across * f]
        np.copyto(
            self._places(planes, (4, 6, n, lines, self.across), f),
            self._tiles(wide, f, self.wide, 6, self.lines, 0, (4, n, lines)),
        )
        np.matmul(t.back_A, planes.reshape(4, 6, -1).swapaxes(0, 1),
                  out=a["M"][:planes.size // 4 * 6].reshape(6, 6, -1).swapaxes(0, 1))

    def _add_weights(self, t, a, x, chunk, first: bool):
        """The gradient of U grows by V^T M."""
        self._inputs(t, a, x, chunk)
        tiles = (chunk[1] - chunk[0]) * (chunk[3] - chunk[2]) * self.across
        V, M = (
            a["V"][: 36 * tiles * self.channels].reshape(36, tiles, -1),
            a["M"][: 36 * tiles * self.filters].reshape(36, tiles, -1),
        )
        part = a["total" if first else "part"]
        np.matmul(V.swapaxes(1, 2), M, out=part.reshape(36, self.channels, self.filters))
        if not first:
            np.add(a["total"], part, a["total"])

    def _input_gradients(self, t, a, dx, chunk):
        """dx from M: the products with U^T, and both transforms back; tiles overlap by two."""
        first, last, top, bottom = chunk
        n, lines, c, tall, across = last - first, bottom - top, self.channels, a["tall"], self.across
        tiles = n * lines * across
        dV, planes = (a[name][:36 * tiles * c] for name in ("V", "planes"))
        M, U = a["M"][:36 * tiles * self.filters].reshape(36, tiles, -1), a["U"].reshape(36, self.filters, c)
        np.matmul(M, U, out=dV.reshape(36, tiles, c))
        np.matmul(t.back_B, dV.reshape(6, 6, -1).swapaxes(0, 1), out=planes.reshape(6, 6, -1).swapaxes(0, 1))
        parts = planes.reshape(6, -1, across * c)
        np.add(parts[:2, :, c:], parts[4:, :, :-c], parts[:2, :, c:])
        places = self._places(planes, (6, 6, n, lines, across), c)
        np.copyto(self._tiles(tall, c, self.tall, 6, self.lines + 1, 1, (4, n, lines)), places[:4])
        blocks = view(tall, (n, self.lines + 1, 6, self.tall * c))
        edge = planes.reshape(6, 6, n, lines, across, c)[4:, :, :, :, -1].transpose(2, 3, 1, 0, 4)
        np.copyto(blocks[:, 1:lines + 1, :, 4 * across * c:].reshape(edge.shape), edge)
        line, width = self.tall * c * dx.itemsize, self.w.length
        rows = dx.reshape(len(dx), self.h.length, -1)
        for start, stop, low, high in self._clipped(
            top, bottom + (bottom == self.down), 4, self.h.before, self.h.length, (0, self.down)
        ):
            # this line of tiles, and the one above
            used = slice(6 if start == 0 else 0, 6 if start == self.down else 12)
            source = np.ndarray((n, stop - start, used.stop - used.start, width * c), dx.dtype, tall,
                                ((start - top) * 6 + used.start) * line + self.w.before * c * dx.itemsize,
                                ((self.lines + 1) * 6 * line, 6 * line, line, dx.itemsize))
            place = 4 * start - self.h.before + low
            out = rows[first:last, place : place + (stop - start - 1) * 4 + high - low].reshape(
                n, stop - start, high - low, -1
            )
            np.matmul(t.stack[low:high, used], source, out=out)
        if bottom < self.down:          # the next lines of this picture add to the last two rows
            np.copyto(blocks[:, 0], blocks[:, lines])

    def _clipped(self, top: int, bottom: int, size: int, before: int, length: int, alone: tuple = ()):
        """Lines of tiles in runs that lie in the picture alike: (first, last, first row of `size` that exists,
        last)."""
        runs = []
        for line in range(top, bottom):
            low, high = max(0, before - 4 * line), min(size, length + before - 4 * line)
            if runs and runs[-1][2:] == (low, high) == (0, size) and line not in alone and runs[-1][0] not in alone:
                runs[-1] = (runs[-1][0], line + 1, low, high)
            elif low < high:
                runs.append((line, line + 1, low, high))
        return runs

    def _places(self, planes, shape, channels):
        """All channels of a place as one element: a copy then moves them at once."""
        return planes.reshape(-1).view(f"V{channels * planes.itemsize}").reshape(shape)

    def _tiles(self, array, channels, columns, height, lines, skip, shape):
        """Each place of every tile, from rows of `columns` places: (places, 6, pictures, lines, tiles), elements as of
        `_places`."""
        place = channels * array.itemsize
        row = columns * place
        return np.ndarray((shape[0], 6, *shape[1:], self.across), f"V{place}", array, skip * height * row,
                          (place, row, lines * height * row, height * row, 4 * place))


def view(flat, shape):
    return flat[:prod(shape)].reshape(shape)
