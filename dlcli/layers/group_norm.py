from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine import expect
from dlcli.engine.layer import Layer


class GroupNorm(Layer):
    """Centres and scales each sample over groups of channels: (x - mean) / sqrt(variance + eps) * weight + bias (Wu and He 2018).

    Mean and variance are those of one sample's positions and of the channels (last axis) of one group; nothing depends on the batch.
    One group is layer normalisation over all axes, as many groups as channels is instance normalisation. Padded positions take no part,
    and their output is 0. Parameters: weight (gain, starts at 1) and bias (shift, starts at 0) per channel, named as in PyTorch; weight
    decay leaves both alone.
    """

    groups: Annotated[int, Gt(0)]
    """Number of groups; it divides the number of channels."""
    eps: Annotated[float, Gt(0)] = 1e-5
    """Added to the variance."""

    def build(self, x):
        channels = expect.channels(x)
        if channels % self.groups:
            raise ValueError(f"cannot divide {channels} channels into {self.groups} equal groups")
        self.param("weight", (channels,), "ones")
        self.param("bias", (channels,), "zeros")
        self.positions = prod(x[:-1])
        self.steps = np.arange(x[0])[:, None] if x.lengths else None
        self.keep("normal", x)                          # (x - mean) / deviation
        self.keep("scale", (channels,))                 # 1 / deviation
        self.keep("share", (self.positions,))           # what each position counts in a mean over a group: 0 for padding
        self.temp("work", x)
        self.temp("centre", (channels,))
        self.temp("slope", (channels,))
        self.temp("means", (self.groups,))
        self.temp("ones", (1,))
        self.temp("every", (1, self.positions), rows=False)
        self.temp("real", (self.positions,), "bool")
        return x

    def forward(self, x, y, train):
        x, y, normal, work = (a.reshape(len(x), self.positions, -1) for a in (x, y, self.normal, self.work))
        centre, scale = self.centre, self.scale
        self._share()
        self._means(x, centre)
        np.subtract(x, centre[:, None], normal)
        np.multiply(normal, normal, work)
        self._means(work, scale)
        np.add(scale, self.eps, scale)
        np.sqrt(scale, scale)
        np.reciprocal(scale, scale)
        np.multiply(normal, scale[:, None], normal)
        np.multiply(normal, self.weight, y)
        np.add(y, self.bias, y)
        self._clear(normal)
        self._clear(y)

    def backward(self, x, y, dy, dx):
        dy, normal, work = (a.reshape(len(x), self.positions, -1) for a in (dy, self.normal, self.work))
        self._clear(dy)
        centre, slope = self.centre, self.slope
        ones = self.ones.reshape(-1)
        ones.fill(1)
        self.every.fill(1)
        np.multiply(dy, normal, work)
        for values, total, gradient in ((dy, centre, self.dbias), (work, slope, self.dweight)):
            np.matmul(self.every, values, out=total[:, None])
            ones.dot(total, gradient)
        if dx is None:
            return
        dx = dx.reshape(dy.shape)
        np.multiply(dy, self.weight, dx)
        np.multiply(dx, normal, work)
        self._means(dx, centre)
        self._means(work, slope)
        np.multiply(normal, slope[:, None], work)
        np.subtract(dx, work, dx)
        np.subtract(dx, centre[:, None], dx)
        np.multiply(dx, self.scale[:, None], dx)
        self._clear(dx)

    def _share(self):
        width = len(self.weight) // self.groups
        if self.lengths is None:
            self.share.fill(1 / (self.positions * width))
            return
        parts = self.share.reshape(len(self.share), len(self.steps), -1)
        np.less(self.steps, self.lengths[:, None, None], parts)
        np.multiply(self.lengths, parts.shape[2] * width, self.ones[:, 0], casting="unsafe")
        np.divide(self.share, self.ones, self.share)

    def _means(self, values, out):
        """Mean over each group of channels and all real positions, for every channel of the group."""
        np.matmul(self.share[:, None], values, out=out[:, None])
        groups = out.reshape(len(out), self.groups, -1)
        np.sum(groups, axis=2, out=self.means)
        np.copyto(groups, self.means[:, :, None])

    def _clear(self, values):
        """Padded positions become 0."""
        if self.lengths is not None:
            np.multiply(values, np.not_equal(self.share, 0, self.real)[:, :, None], values)

    def flops(self, y, *xs):
        return 8 * prod(y)
