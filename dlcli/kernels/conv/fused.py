"""A convolution computed together with the relu and the pooling behind it."""

import copy

import numpy as np

from dlcli.kernels.conv.pooled import PooledWinograd
from dlcli.kernels.conv.winograd import Winograd
from dlcli.kernels.functions import BLOCK, ZERO


def pooled(conv, pool, relu: bool):
    """The convolution that pools too, and computes the relu before or behind the pooling; None if its tiles cannot be
    pooled: that takes 2 x 2 windows that do not overlap, and whole tiles."""
    own, windows = conv.convolution, (pool.planes.h, pool.planes.w)
    if type(own) is not Winograd or own.h.out % 4 or own.w.out % 4 or \
            any((a.kernel, a.stride, a.padded) != (2, 2, False) for a in windows):
        return None
    both = _copy(conv, relu)
    both.convolution = PooledWinograd(own.h, own.w, own.channels, own.filters)
    both.keep("won", (both.convolution.kept,), "bool")
    return both


def rectified(conv):
    """The convolution that computes the relu too."""
    return _copy(conv, relu=True)


def _copy(conv, relu: bool):
    both = copy.copy(conv)
    both.kept, both.temps = dict(conv.kept), dict(conv.temps)
    both.rectified = relu
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
    """dy becomes 0 at each place at which y is 0."""
    y, dy = y.reshape(-1), dy.reshape(-1)
    for start in range(0, y.size, BLOCK):
        part = dy[start:start + BLOCK]
        open_ = work[:part.size]
        np.greater(y[start:start + BLOCK], ZERO, open_)
        np.multiply(part, open_, part)
