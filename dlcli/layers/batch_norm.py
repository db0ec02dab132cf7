from math import prod
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Le

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels import few_channels
from dlcli.kernels.functions import ZERO


class BatchNorm(Layer):
    """Centres and scales each channel (last axis) over the whole batch: (x - mean) / sqrt(variance + eps) * weight +
    bias.

    Source: Ioffe and Szegedy 2015. While training, mean and variance are those of all rows and positions of the batch,
    however many shards it is cut into; otherwise the running ones. Padded positions take no part, and their output is
    0. Parameters: weight (gain, starts at 1) and bias (shift, starts at 0); weight decay leaves both alone. Buffers:
    running_mean and running_var (with n - 1 in the divisor), all named and updated as in PyTorch. A batch with a single
    value per channel has no variance: y is the bias, and the running statistics stay as they are. So that training
    meets none, the last batch of an epoch takes in a row that would be left alone. Of a sequence, each step is compared
    with all others, later ones too: where none may look ahead, take `layer_norm`.
    """

    needs_batch: ClassVar[bool] = True
    normalises: ClassVar[bool] = True

    momentum: Annotated[float, Gt(0), Le(1)] = 0.1
    """Share of the newest batch in the running statistics."""
    eps: Annotated[float, Gt(0)] = 1e-5
    """Added to the variance."""

    def build(self, x):
        channels = (expect.channels(x),)
        self.by_batch = False
        self.rectified = False          # whether the relu behind it is computed with it
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
        few_channels.declare(self, x, values=3, works=2)
        return x

    def forward_reduce(self, x, train):
        few_channels.begin(self)
        self.count[0] = x.size // x.shape[-1] if self.lengths is None else self.real.sum()
        shift = self._far(x)
        if self.far:
            few_channels.broadcast(self, 0, shift, x.size)
        for weights, (shifts, *_), (work, _), xs in few_channels.blocks(self, x):
            if self.far:
                xs = np.subtract(xs, shifts, work)
            few_channels.add(self, 0, weights, xs)
            np.multiply(xs, xs, work)
            few_channels.add(self, 1, weights, work)
        few_channels.sums(self, 0, self.sum)
        few_channels.sums(self, 1, self.squares)
        self.squares += shift * (2 * self.sum + shift * self.count)
        self.sum += shift * self.count

    def _far(self, x):
        """Whether a mean lies far beyond its deviation, going by a few rows: then sums of what lies beyond it are
        exact. Returns it."""
        weights, _, _, xs = next(few_channels.blocks(self, x))
        weights, xs = weights[:16], xs[:16]
        real = max(weights.sum(), 1)
        mean, square = (weights.dot(a).reshape(-1, x.shape[-1]).mean(axis=0) / real for a in (xs, xs * xs))
        self.far = bool((square > 17 * (square - mean * mean)).any())
        return (mean if self.far else 0 * mean).astype(np.float64)

    def forward(self, x, y, train):
        self.by_batch = train
        few_channels.begin(self)
        if train:
            self.n = max(self.count[0], 1.0)
            np.divide(self.sum, self.n, self.mean)
            variance = np.maximum(self.squares / self.n - self.mean * self.mean, 0)
            if self.shard == 0 and self.n > 1:
                self._track(variance * (self.n / (self.n - 1)))
        else:
            self.far = True
            np.copyto(self.mean, self.running_mean)
            variance = self.running_var.astype(np.float64)
        np.reciprocal(np.sqrt(variance + self.eps), self.scale)
        gain = self.weight * self.scale
        few_channels.broadcast(self, 0, gain, x.size)
        few_channels.broadcast(self, 1, self.bias - self.mean * gain, x.size)
        if self.rectified:
            few_channels.broadcast(self, 2, 0 * gain, x.size)
        for _, (gains, shifts, zeros), _, xs, ys in few_channels.blocks(self, x, y):
            np.multiply(xs, gains, ys)
            np.add(ys, shifts, ys)
            if self.rectified:
                np.maximum(ys, zeros, out=ys)
        few_channels.clear(self, y)

    def _track(self, unbiased):
        for running, now in ((self.running_mean, self.mean), (self.running_var, unbiased)):
            running *= 1 - self.momentum
            running += self.momentum * now

    def backward_reduce(self, x, y, dy):
        if self.by_batch:
            self._sums(x, y, dy)
            self.dsum[...], self.dproduct[...] = self.part

    # With g = weight * scale and n = normalised x, the mean and the variance moving with x:
    # dx = g * (dy - mean of dy - n * mean of (dy * n)) = g * dy + slope * x + shift, one number per channel each.
    def backward(self, x, y, dy, dx):
        if not self.by_batch:
            self._sums(x, y, dy)
        self.dbias[...], self.dweight[...] = self.part
        if dx is None:
            return
        gain = self.weight * self.scale
        few_channels.begin(self)
        few_channels.broadcast(self, 0, gain, x.size)
        if self.by_batch:               # the mean and the variance move with x
            slope = -gain * self.scale * self.dproduct / self.n
            few_channels.broadcast(self, 1, slope, x.size)
            few_channels.broadcast(self, 2, -gain * self.dsum / self.n - slope * self.mean, x.size)
        for _, (gains, slopes, shifts), (work, bent), xs, ys, dys, dxs in few_channels.blocks(self, x, y, dy, dx):
            np.multiply(self._bent(ys, dys, bent), gains, dxs)
            if self.by_batch:
                np.multiply(xs, slopes, work)
                np.add(dxs, work, dxs)
                np.add(dxs, shifts, dxs)
        few_channels.clear(self, dx)

    def _sums(self, x, y, dy):
        total, product = self.part
        few_channels.begin(self)
        if self.far:
            few_channels.broadcast(self, 0, self.mean, x.size)
        for weights, (means, *_), (work, bent), xs, ys, dys in few_channels.blocks(self, x, y, dy):
            dys = self._bent(ys, dys, bent)
            few_channels.add(self, 0, weights, dys)
            if self.far:
                xs = np.subtract(xs, means, work)
            np.multiply(xs, dys, work)
            few_channels.add(self, 1, weights, work)
        few_channels.sums(self, 0, total)
        few_channels.sums(self, 1, product)
        if not self.far:
            product -= self.mean * total
        product *= self.scale

    def _bent(self, y, dy, work):
        """The gradient in front of the relu."""
        if not self.rectified:
            return dy
        np.greater(y, ZERO, work)
        np.multiply(work, dy, work)
        return work

    def flops(self, y, *xs):
        return 5 * prod(y)
