"""Arrays whose last axis, the channels, is short, taken as rows of many places: long contiguous runs, in blocks that
stay in the cache.

A value per channel is copied over a whole block before it meets the array. Two arrays of one shape are worked on twice
as fast as an array and a row, and many times faster than an array and a few channels. Sums run in float32 over the rows
of a block, in float64 over the blocks. If rows of the batch differ in length, a row is one place, so that it can be
left out.
"""

from math import prod

import numpy as np

WIDTH, BLOCK = 512, 1 << 17
"""Elements of a row, about, and of a block (measured: smaller blocks lose more to the calls than they gain in the
cache)."""
ROWS = 256
"""Rows of a block, at most: what is summed in float32."""


def declare(layer, x, values: int, works: int) -> None:
    """Ask for what the functions here use: so many values per channel, so many blocks to work in, and two sums at a
    time."""
    channels = x[-1]
    layer.width = channels if x.lengths else max(1, WIDTH // channels) * channels
    layer.rows = min(ROWS, max(1, BLOCK // layer.width))
    layer.steps = np.arange(x[0])[:, None] if x.lengths else None
    layer.temp("broadcasts", (values, layer.rows, layer.width), rows=False)
    layer.temp("work", (works, layer.rows, layer.width), rows=False)
    layer.temp("line", (layer.width,), rows=False)
    layer.temp("totals", (2, layer.width), "float64", rows=False)
    layer.temp("real", (x[0], prod(x[1:-1])) if x.lengths else (layer.rows,), rows=bool(x.lengths))


def begin(layer) -> None:
    """At the start of a call: no sums yet, and which rows count."""
    layer.totals.fill(0)
    if layer.lengths is None:
        layer.real.fill(1)
    else:
        np.less(layer.steps, layer.lengths[:, None, None], layer.real)


def broadcast(layer, place: int, values, size: int) -> None:
    """One value per channel over a whole block, as far as an array of this size needs it."""
    block = layer.broadcasts[place]
    np.copyto(block[0].reshape(-1, len(values)), values, casting="same_kind")
    np.copyto(block[1:-(-size // layer.width)], block[0])


def blocks(layer, *arrays):
    """For each block: its weights (0 for padded rows), then its part of the values per channel, the work and the
    arrays, all of one shape."""
    flat, weights = [a.reshape(-1) for a in arrays], layer.real.reshape(-1)
    size = flat[0].size
    whole = size - size % layer.width           # what is left is one shorter row
    edges = [*range(0, whole, layer.rows * layer.width), whole, *([size] if size > whole else [])]
    for start, stop in zip(edges, edges[1:]):
        width = min(layer.width, stop - start)
        rows = (stop - start) // width
        first = 0 if layer.lengths is None else start // layer.width
        yield (weights[first:first + rows], layer.broadcasts[:, :rows, :width], layer.work[:, :rows, :width],
               *(a[start:stop].reshape(rows, width) for a in flat))


def add(layer, place: int, weights, block) -> None:
    """Adds the weighted sum of a block's rows to one of the sums."""
    line, total = layer.line[:block.shape[1]], layer.totals[place, :block.shape[1]]
    weights.dot(block, line)
    np.add(total, line, total, casting="same_kind")


def sums(layer, place: int, out) -> None:
    """One of the sums, per channel."""
    np.sum(layer.totals[place].reshape(-1, len(out)), axis=0, out=out)


def clear(layer, values) -> None:
    """Padded places become 0."""
    if layer.lengths is not None:
        values = values.reshape(-1, values.shape[-1])
        np.multiply(values, layer.real.reshape(-1, 1), values)
