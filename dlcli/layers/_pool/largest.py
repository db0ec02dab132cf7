"""Max pooling over planes."""

import numpy as np

from dlcli.engine.special import ZERO
from dlcli.layers._pool.planes import Planes


def declare(layer, planes: Planes) -> None:
    layer.planes = planes
    layer.rectified = False             # whether the relu before it is computed with it
    layer.temp("places", planes.shape, rows=False)
    layer.temp("shares", planes.shape, rows=False)
    layer.temp("won", planes.window_shape, "bool", rows=False)
    layer.temp("gain", planes.window_shape, rows=False)


def forward(layer, x, y) -> None:
    x, y = layer.planes.pictures(x), layer.planes.windows(y)
    for rows, views in _blocks(layer, x):
        most = y[rows]
        np.copyto(most, views[0])
        for view in views[1:]:
            np.maximum(most, view, out=most)
        if layer.rectified:
            layer.gain.fill(0)
            np.maximum(most, layer.gain[:len(most)], out=most)
        layer.planes.cut(layer, most, rows)


def backward(layer, x, y, dy, dx) -> None:
    """The first place, row by row, that holds the largest value takes the whole gradient, as in PyTorch."""
    planes, shares = layer.planes, layer.shares
    x, dx, y, dy = planes.pictures(x), planes.pictures(dx), planes.windows(y), planes.windows(dy)
    for rows, views in _blocks(layer, x):
        most, left = y[rows], dy[rows]          # left: the gradient that no place has taken
        planes.cut(layer, left, rows)
        won, gain = layer.won[:len(most)], layer.gain[:len(most)]
        if layer.rectified:
            np.greater(most, ZERO, won)
            np.multiply(left, won, left)
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


def winners(layer, x):
    """Number of each window's largest place, which gradient checks must not see change."""
    planes, x = layer.planes, layer.planes.pictures(x)
    places = np.full((planes.shape[0], len(x), *planes.shape[2:]), -np.inf, x.dtype)
    planes.gather(x, places)
    planes.clear(layer, places, slice(None), -np.inf)
    return np.argmax(planes.views(places, len(x)), axis=0)


def _blocks(layer, x):
    """For each block of rows: where it lies, and what its windows see at each offset."""
    planes = layer.planes
    if planes.padded:
        layer.places[:, :len(x)].fill(-np.inf)
    for rows in planes.blocks(len(x)):
        planes.gather(x[rows], layer.places)
        planes.clear(layer, layer.places, rows, -np.inf)
        yield rows, planes.views(layer.places, len(x[rows]))
