"""Average pooling over planes."""

import numpy as np

from dlcli.kernels.pool import whole
from dlcli.kernels.pool.planes import Planes
from dlcli.kernels.windows import Axis


def declare(layer, planes: Planes) -> None:
    """`layer.count_include_pad`: whether padded places count in the divisor."""
    layer.planes = planes
    layer.counts = np.multiply.outer(*(_counts(layer, a, a.length) for a in (planes.h, planes.w)))
    layer.temp("places", planes.shape, rows=False)
    layer.temp("share", (1, planes.h.length * planes.w.length) if planes.whole else (0,), rows=False)
    layer.temp("weights", planes.window_shape, rows=False)     # 1 / places of each window


def _counts(layer, a: Axis, length):
    """Places of each window along an axis of this length (a number, or one per row) that its sum is divided by."""
    start = np.arange(a.out) * a.stride - a.before
    after = a.kernel if layer.padding == "same" else a.before       # with `same` every window lies within the padding
    low, high = (-a.before, length + after) if layer.count_include_pad else (0, length)
    return np.maximum(np.minimum(start + a.kernel, high) - np.maximum(start, low), 1)


def _blocks(layer, rows: int):
    """Each block of rows with the weights of its windows."""
    planes, weights = layer.planes, layer.weights
    weights[:rows] = 1 / layer.counts[..., None]
    for block in planes.blocks(rows):
        n = min(block.stop, rows) - block.start
        if layer.lengths is not None:
            counts = _counts(layer, planes.w, layer.lengths[block, None])
            weights[:n] = 1 / counts[:, None, :, None]
        yield block, n, weights[:n]


def forward(layer, x, y) -> None:
    planes, places = layer.planes, layer.places
    x, y = planes.pictures(x), planes.windows(y)
    if planes.whole and layer.lengths is None:
        return whole.mean(x.reshape(len(x), -1, planes.channels), y[:, 0, 0], layer.share)
    if planes.padded:
        places[:, :len(x)].fill(0)
    for rows, n, weights in _blocks(layer, len(x)):
        planes.gather(x[rows], places)
        planes.clear(layer, places, rows, 0)
        views, total = planes.views(places, n), y[rows]
        np.copyto(total, views[0])
        for view in views[1:]:
            np.add(total, view, total)
        np.multiply(total, weights, total)
        planes.cut(layer, total, rows)


def backward(layer, dy, dx) -> None:
    planes, places = layer.planes, layer.places
    dx, dy = planes.pictures(dx), planes.windows(dy)
    if planes.whole and layer.lengths is None:
        return whole.mean_gradient(dy[:, 0, 0], dx.reshape(len(dx), -1, planes.channels))
    for rows, n, weights in _blocks(layer, len(dx)):
        share = dy[rows]
        planes.cut(layer, share, rows)
        np.multiply(share, weights, share)
        if planes.overlaps:
            places[:, :n].fill(0)
        for view in planes.views(places, n):
            if planes.overlaps:
                np.add(view, share, view)
            else:
                np.copyto(view, share)
        planes.clear(layer, places, rows, 0)
        planes.scatter(places, dx[rows])
