"""Average pooling over planes."""

import numpy as np

from dlcli.engine.layer import Layer
from dlcli.kernels.pool import whole
from dlcli.kernels.pool.planes import Planes
from dlcli.kernels.window_lengths import measure
from dlcli.kernels.windows import Axis


class AvgPool(Layer):
    """What average pooling of sequences and of pictures share; their `build` calls `declare`.

    `padding`, `count_include_pad`: options of both; the second says whether padded places count in the divisor.
    """

    def declare(self, planes: Planes) -> None:
        self.planes = planes
        self.counts = np.multiply.outer(*(self._counts(a, a.length) for a in (planes.h, planes.w)))
        self.temp("places", planes.shape, rows=False)
        self.temp("share", (1, planes.h.length * planes.w.length) if planes.whole else (0,), rows=False)
        self.temp("weights", planes.window_shape, rows=False)       # 1 / places of each window

    def forward(self, x, y, train):
        planes, places = self.planes, self.places
        x, y = planes.pictures(x), planes.windows(y)
        if self.lengths is not None:
            measure(self)
        elif planes.whole:
            return whole.mean(x.reshape(len(x), -1, planes.channels), y[:, 0, 0], self.share)
        if planes.padded:
            places[:, :len(x)].fill(0)
        for rows, n, weights in self._blocks(len(x)):
            planes.gather(x[rows], places)
            planes.clear(self, places, rows, 0)
            views, total = planes.views(places, n), y[rows]
            np.copyto(total, views[0])
            for view in views[1:]:
                np.add(total, view, total)
            np.multiply(total, weights, total)
            planes.cut(self, total, rows)

    # each place has a share of dy / count from every window that sees it
    def backward(self, x, y, dy, dx):
        planes, places = self.planes, self.places
        dx, dy = planes.pictures(dx), planes.windows(dy)
        if planes.whole and self.lengths is None:
            return whole.mean_gradient(dy[:, 0, 0], dx.reshape(len(dx), -1, planes.channels))
        for rows, n, weights in self._blocks(len(dx)):
            share = dy[rows]
            planes.cut(self, share, rows)
            np.multiply(share, weights, share)
            if planes.overlaps:
                places[:, :n].fill(0)
            for view in planes.views(places, n):
                if planes.overlaps:
                    np.add(view, share, view)
                else:
                    np.copyto(view, share)
            planes.clear(self, places, rows, 0)
            planes.scatter(places, dx[rows])

    def _counts(self, a: Axis, length):
        """Places of each window along an axis of this length (a number, or one per row) that its sum is divided by."""
        start = np.arange(a.out) * a.stride - a.before
        after = a.kernel if self.padding == "same" else a.before        # with `same` every window lies in the padding
        low, high = (-a.before, length + after) if self.count_include_pad else (0, length)
        return np.maximum(np.minimum(start + a.kernel, high) - np.maximum(start, low), 1)

    def _blocks(self, rows: int):
        """Each block of rows with the weights of its windows."""
        planes, weights = self.planes, self.weights
        weights[:rows] = 1 / self.counts[..., None]
        for block in planes.blocks(rows):
            n = min(block.stop, rows) - block.start
            if self.lengths is not None:
                counts = self._counts(planes.w, self.lengths[block, None])
                weights[:n] = 1 / counts[:, None, :, None]
            yield block, n, weights[:n]
