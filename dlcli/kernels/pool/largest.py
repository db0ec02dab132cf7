"""Max pooling over planes."""

import numpy as np

from dlcli.engine.layer import Layer
from dlcli.kernels.functions import ZERO
from dlcli.kernels.pool import whole
from dlcli.kernels.pool.planes import Planes
from dlcli.kernels.window_lengths import measure


class MaxPool(Layer):
    """What max pooling of sequences and of pictures share; their `build` calls `declare`. Of a window's equal places
    the first one, row by row, takes the whole gradient, as in PyTorch."""

    def declare(self, planes: Planes) -> None:
        self.planes = planes
        self.rectified = False          # whether the relu before it is computed with it
        self.temp("places", planes.shape, rows=False)
        self.temp("shares", planes.shape, rows=False)
        self.temp("won", planes.window_shape, "bool", rows=False)
        self.temp("gain", planes.window_shape, rows=False)

    def forward(self, x, y, train):
        if self.lengths is not None:
            measure(self)
        x, y = self.planes.pictures(x), self.planes.windows(y)
        for rows, views in self._blocks(x):
            most = y[rows]
            if views:
                np.copyto(most, views[0])
                for view in views[1:]:
                    np.maximum(most, view, out=most)
            else:
                np.max(x[rows], axis=(1, 2), keepdims=True, out=most)
            if self.rectified:
                self.gain.fill(0)
                np.maximum(most, self.gain[:len(most)], out=most)
            self.planes.cut(self, most, rows)

    # the first place that equals y has the slope 1, all others 0; each view takes from `left` what is its own
    def backward(self, x, y, dy, dx):
        planes, shares = self.planes, self.shares
        x, dx, y, dy = planes.pictures(x), planes.pictures(dx), planes.windows(y), planes.windows(dy)
        for rows, views in self._blocks(x):
            most, left = y[rows], dy[rows]          # left: the gradient that no place has taken
            planes.cut(self, left, rows)
            won, gain = self.won[:len(most)], self.gain[:len(most)]
            if self.rectified:
                np.greater(most, ZERO, won)
                np.multiply(left, won, left)
            if not views:
                flat = len(most), -1, planes.channels
                whole.largest_gradient(x[rows].reshape(flat), left[:, 0, 0], dx[rows].reshape(flat))
                continue
            seen = planes.views(shares, len(most))
            if planes.overlaps:
                shares[:, :len(most)].fill(0)
                for view, share in zip(views, seen):
                    np.equal(view, most, won)
                    np.multiply(left, won, gain)
                    np.add(share, gain, share)
                    np.subtract(left, gain, left)
            else:
                for view, share in zip(views[:-1], seen):
                    np.equal(view, most, won)
                    np.multiply(left, won, share)
                    np.subtract(left, share, left)
                np.copyto(seen[-1], left)
            planes.scatter(shares, dx[rows])

    def piece(self, x, y):
        """Number of each window's largest place, which gradient checks must not see change."""
        planes, x = self.planes, self.planes.pictures(x)
        places = np.full((planes.shape[0], len(x), *planes.shape[2:]), -np.inf, x.dtype)
        planes.gather(x, places)
        planes.clear(self, places, slice(None), -np.inf)
        return np.argmax(planes.views(places, len(x)), axis=0)

    def _blocks(self, x):
        """For each block of rows: where it lies, and what its windows see at each offset; nothing if one window sees
        all."""
        planes = self.planes
        if planes.whole and self.lengths is None:
            yield from ((rows, []) for rows in planes.blocks(len(x)))
            return
        if planes.padded:
            self.places[:, :len(x)].fill(-np.inf)
        for rows in planes.blocks(len(x)):
            planes.gather(x[rows], self.places)
            planes.clear(self, self.places, rows, -np.inf)
            yield rows, planes.views(self.places, len(x[rows]))
