from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine import expect
from dlcli.engine.layer import Layer


class LayerNorm(Layer):
    """Centres and scales each sample over its last axis: (x - mean) / sqrt(variance + eps) * weight + bias (Ba et al.
    2016).

    The variance divides by the length of the axis. Parameters: weight (gain, starts at 1) and bias (shift, starts at
    0), named as in PyTorch; weight decay leaves both alone.
    """

    apart = True
    normalises = True

    eps: Annotated[float, Gt(0)] = 1e-5
    """Added to the variance."""

    def build(self, x):
        channels = expect.channels(x)
        self.param("weight", (channels,), "ones")
        self.param("bias", (channels,), "zeros")
        self.keep("normal", x)          # (x - mean) / deviation
        self.keep("scale", x[:-1])      # 1 / deviation
        self.temp("work", x)
        self.temp("row", x[:-1])
        self.temp("ones", x[:-1])
        self.temp("share", (channels,), rows=False)
        return x

    def forward(self, x, y, train):
        width = x.shape[-1]
        x, y, normal = (a.reshape(-1, width) for a in (x, y, self.normal))
        mean, scale = self.row.reshape(-1), self.scale.reshape(-1)
        self.share.fill(1 / width)
        x.dot(self.share, mean)
        np.subtract(x, mean[:, None], normal)
        np.vecdot(normal, normal, scale)
        np.multiply(scale, 1 / width, scale)
        np.add(scale, self.eps, scale)
        np.sqrt(scale, scale)
        np.reciprocal(scale, scale)
        np.multiply(normal, scale[:, None], normal)
        np.multiply(normal, self.weight, y)
        np.add(y, self.bias, y)

    # dx = scale * (d - mean of d - n * mean of (d * n)), d = dy * weight, n = normalised x, as in group_norm
    def backward(self, x, y, dy, dx):
        width = x.shape[-1]
        dy, normal, work = (a.reshape(-1, width) for a in (dy, self.normal, self.work))
        row, ones = self.row.reshape(-1), self.ones.reshape(-1)
        ones.fill(1)
        np.multiply(dy, normal, work)
        ones.dot(work, self.dweight)
        ones.dot(dy, self.dbias)
        if dx is None:
            return
        dx = dx.reshape(-1, width)
        np.multiply(dy, self.weight, dx)
        np.vecdot(dx, normal, row)
        np.multiply(row, 1 / width, row)
        np.multiply(normal, row[:, None], work)
        self.share.fill(1 / width)
        dx.dot(self.share, row)
        np.subtract(dx, row[:, None], dx)
        np.subtract(dx, work, dx)
        np.multiply(dx, self.scale.reshape(-1)[:, None], dx)

    def flops(self, y, *xs):
        return 8 * prod(y)
