from math import prod
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Le

from dlcli.engine import expect
from dlcli.engine.layer import Layer


class BatchNorm(Layer):
    """Centres and scales each channel (last axis) over the whole batch: (x - mean) / sqrt(variance + eps) * weight + bias.

    Source: Ioffe and Szegedy 2015. While training, mean and variance are those of all rows and positions of the batch, however
    many shards it is cut into; otherwise the running ones. Padded positions take no part, and their output is 0.
    Parameters: weight (gain, starts at 1) and bias (shift, starts at 0); weight decay leaves both alone. Buffers:
    running_mean and running_var (with n - 1 in the divisor), all named and updated as in PyTorch. A batch with a single value
    per channel has variance 0, so that y is the bias.
    """

    needs_batch: ClassVar[bool] = True

    momentum: Annotated[float, Gt(0), Le(1)] = 0.1
    """Share of the newest batch in the running statistics."""
    eps: Annotated[float, Gt(0)] = 1e-5
    """Added to the variance."""

    def build(self, x):
        channels = (expect.channels(x),)
        self.steps = np.arange(x[0])[:, None] if x.lengths else None
        self.param("weight", channels, "ones")
        self.param("bias", channels, "zeros")
        self.buffer("running_mean", channels, "zeros")
        self.buffer("running_var", channels, "ones")
        for name in ("sum", "squares", "dsum", "dproduct"):
            self.reduce(name, channels)
        self.reduce("count", (1,))
        self.keep("mean", channels, "float64", rows=False)
        self.keep("scale", channels, "float64", rows=False)         # 1 / deviation
        self.keep("part", (2, *channels), "float64", rows=False)    # this shard's sums of dy and of dy * normalised x
        self.keep("real", (x[0], prod(x[1:-1])) if len(x) > 1 else (1, 1), "float64")     # 1, and 0 for padding
        self.temp("work", x, "float64")
        self.by_batch = False
        return x

    def forward_reduce(self, x, train):
        self._mark()
        real, work = self.real.reshape(-1), self.work.reshape(-1, x.shape[-1])
        np.copyto(self.work, x)
        real.dot(work, self.sum)
        np.multiply(work, work, work)
        real.dot(work, self.squares)
        self.count[0] = real.dot(real)

    def forward(self, x, y, train):
        self.by_batch = train
        if train:
            self.n = max(self.count[0], 1.0)
            np.divide(self.sum, self.n, self.mean)
            variance = np.maximum(self.squares / self.n - self.mean * self.mean, 0)
            if self.shard == 0:
                self._track(variance * (self.n / max(self.n - 1, 1)))
        else:
            self._mark()
            np.copyto(self.mean, self.running_mean)
            variance = self.running_var.astype(np.float64)
        np.reciprocal(np.sqrt(variance + self.eps), self.scale)
        gain = self.weight * self.scale
        np.multiply(x, gain.astype(x.dtype), y)
        np.add(y, (self.bias - self.mean * gain).astype(x.dtype), y)
        self._clear(y)

    def backward_reduce(self, x, y, dy):
        if self.by_batch:
            self._sums(x, dy)
            self.dsum[...], self.dproduct[...] = self.part

    def backward(self, x, y, dy, dx):
        if not self.by_batch:
            self._sums(x, dy)
        self.dbias[...], self.dweight[...] = self.part
        if dx is None:
            return
        gain = self.weight * self.scale
        np.multiply(dy, gain.astype(x.dtype), dx)
        if self.by_batch:               # the mean and the variance move with x
            slope = -gain * self.scale * self.dproduct / self.n
            shift = -gain * self.dsum / self.n - slope * self.mean
            np.multiply(x, slope.astype(x.dtype), dy)
            np.add(dx, dy, dx)
            np.add(dx, shift.astype(x.dtype), dx)
        self._clear(dx)

    def _sums(self, x, dy):
        real, work = self.real.reshape(-1), self.work.reshape(-1, x.shape[-1])
        total, product = self.part
        np.copyto(self.work, dy)
        real.dot(work, total)
        np.multiply(self.work, x, self.work)
        real.dot(work, product)
        product -= self.mean * total
        product *= self.scale

    def _mark(self):
        if self.lengths is None:
            self.real.fill(1)
        else:
            np.less(self.steps, self.lengths[:, None, None], self.real)

    def _clear(self, values):
        if self.lengths is not None:
            values = values.reshape(-1, values.shape[-1])
            np.multiply(values, self.real.reshape(-1, 1), values)

    def _track(self, unbiased):
        for running, now in ((self.running_mean, self.mean), (self.running_var, unbiased)):
            running *= 1 - self.momentum
            running += self.momentum * now

    def flops(self, y, *xs):
        return 5 * prod(y)
