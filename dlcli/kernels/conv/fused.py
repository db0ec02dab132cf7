"""A convolution computed together with the relu and the pooling behind it."""

import copy

import numpy as np

from dlcli.kernels.conv.pooled import PooledWinograd
from dlcli.kernels.conv.winograd import Winograd
from dlcli.kernels.functions import BLOCK, ZERO


def fuse(conv, following: list):
    """The contract of `Layer.fuse`, for a conv2d. A relu with a pooling behind it is left to them where this layer
    cannot pool."""
    kinds = [layer.kind for layer in following[:2]]
    rectified = "relu" in kinds[:2] and all(kind in ("relu", "max_pool2d") for kind in kinds)
    if "max_pool2d" in kinds[:1 + rectified] and _pools(conv.convolution, following[kinds.index("max_pool2d")]):
        both = _copy(conv, rectified)
        both.convolution = PooledWinograd(
            conv.convolution.h, conv.convolution.w, conv.convolution.channels, conv.filters
        )
        both.keep("won", (both.convolution.kept,), "bool")
        return both, 1 + rectified
    if kinds[:1] == ["relu"] and kinds[1:] != ["max_pool2d"]:
        return _copy(conv, rectified=True), 1
    return None


def _pools(convolution, pool) -> bool:
    """Whether the tiles can be pooled: 2 x 2 windows that do not overlap, and whole tiles."""
    return type(convolution) is Winograd and convolution.h.out % 4 == convolution.w.out % 4 == 0 and \
        all((a.kernel, a.stride, a.padded) == (2, 2, False) for a in (pool.planes.h, pool.planes.w))


def _copy(conv, rectified: bool):
    both = copy.copy(conv)
    both.kept, both.temps = dict(conv.kept), dict(conv.temps)
    both.rectified = rectified
    both.temp("zeros", (BLOCK,), rows=False)
    return both


def rectify(y, zeros) -> None:
    """y becomes its positive part."""
    y = y.reshape(-1)
    zeros.fill(0)
    for start in range(0, y.size, BLOCK):
        part = y[start:start + BLOCK]
        np.maximum(part, zeros[:part.size], out=part)


def gate(y, dy, work) -> None:
    """dy becomes 0 where y is."""
    y, dy = y.reshape(-1), dy.reshape(-1)
    for start in range(0, y.size, BLOCK):
        part = dy[start:start + BLOCK]
        open_ = work[:part.size]
        np.greater(y[start:start + BLOCK], ZERO, open_)
        np.multiply(part, open_, part)
