from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine import expect
from dlcli.engine.layer import Layer

WIDTH = 1024
"""Elements that are worked on in a row, at most."""


class GroupNorm(Layer):
    """Centres and scales each sample over groups of channels: (x - mean) / sqrt(variance + eps) * weight + bias (Wu and
    He 2018).

    Mean and variance are those of one sample's positions and of the channels (last axis) of one group; nothing depends
    on the batch. One group is layer normalisation over all axes, as many groups as channels is instance normalisation.
    Padded positions take no part, and their output is 0. Parameters: weight (gain, starts at 1) and bias (shift, starts
    at 0) per channel, named as in PyTorch; weight decay leaves both alone.
    """

    normalises = True

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
        self.keep("mean", (channels,))
        self.keep("scale", (channels,))                 # 1 / deviation
        # 1, and 0 for padding
        self.keep("real", (self.positions,) if x.lengths else (1, self.positions), rows=bool(x.lengths))
        self.keep("part", (1,))                         # 1 / values of a group
        most = max(1, WIDTH // channels)
        # positions in a row: long rows are faster
        self.together = max(n for n in range(1, most + 1) if self.positions % n == 0)
        self.temp("row", (self.together, channels))
        self.temp("work", x)
        self.temp("product", x)
        self.temp("centre", (channels,))
        self.temp("slope", (channels,))
        self.temp("factor", (channels,))
        self.temp("means", (self.groups,))
        self.temp("ones", (1,))
        return x

    def forward(self, x, y, train):
        mean, scale, factor, work = self.mean, self.scale, self.factor, self._rows(self.work)
        self._count(len(x))
        self._sum(x, mean)
        self._group(mean)
        np.subtract(self._rows(x), self._spread(mean), work)
        np.multiply(self.work, self.work, y)
        self._sum(y, scale)
        self._group(scale)
        np.add(scale, self.eps, scale)
        np.sqrt(scale, scale)
        np.reciprocal(scale, scale)
        np.multiply(scale, self.weight, factor)
        np.multiply(work, self._spread(factor), self._rows(y))
        np.copyto(factor, self.bias)
        np.add(self._rows(y), self._spread(factor), self._rows(y))
        self._clear(y)

    def backward(self, x, y, dy, dx):
        scale, factor, work = self.scale, self.factor, self._rows(self.work)
        centre, slope, ones = self.centre, self.slope, self.ones.reshape(-1)
        self._clear(dy)
        np.subtract(self._rows(x), self._spread(self.mean), work)
        np.multiply(self.work, dy, self.product)
        self._sum(dy, centre)
        self._sum(self.product, slope)
        np.multiply(slope, scale, slope)                # of dy times normalised x
        ones.fill(1)
        ones.dot(centre, self.dbias)
        ones.dot(slope, self.dweight)
        if dx is None:
            return
        # dx = scale * (dy * weight - mean of that - normalised x * mean of (dy * weight * normalised x))
        for sums in (centre, slope):
            np.multiply(sums, self.weight, sums)
            self._group(sums)
            np.multiply(sums, scale, sums)
        np.multiply(slope, scale, slope)
        np.multiply(scale, self.weight, factor)
        dx, dy = self._rows(dx), self._rows(dy)
        np.multiply(dy, self._spread(factor), dx)
        np.multiply(work, self._spread(slope), work)
        np.subtract(dx, work, dx)
        np.subtract(dx, self._spread(centre), dx)
        self._clear(dx)

    def _rows(self, values):
        """Several positions in a row: (rows of the batch, rows, positions together * channels)."""
        return values.reshape(len(values), -1, self.together * values.shape[-1])

    def _spread(self, values):
        """One value per sample and channel, as such a row."""
        np.copyto(self.row, values[:, None])
        return self.row.reshape(len(values), 1, -1)

    def _count(self, rows: int):
        width = len(self.weight) // self.groups
        if self.lengths is None:
            self.real.fill(1)
            self.part.fill(1 / (self.positions * width))
            return
        parts = self.real.reshape(rows, len(self.steps), -1)
        np.less(self.steps, self.lengths[:, None, None], parts)
        np.multiply(self.lengths, parts.shape[2] * width, self.part[:, 0], casting="unsafe")
        np.reciprocal(self.part, self.part)

    def _sum(self, values, out):
        """Over the real positions of each sample."""
        np.matmul(
            self.real.reshape(-1, 1, self.positions), values.reshape(len(values), self.positions, -1), out=out[:, None]
        )

    def _group(self, sums):
        """From sums per channel to the mean over each group, for every channel of it."""
        groups = sums.reshape(len(sums), self.groups, -1)
        np.sum(groups, axis=2, out=self.means)
        np.multiply(self.means, self.part, self.means)
        np.copyto(groups, self.means[:, :, None])

    def _clear(self, values):
        """Padded positions become 0."""
        if self.lengths is not None:
            values = values.reshape(len(values), self.positions, -1)
            np.multiply(values, self.real[:, :, None], values)

    def flops(self, y, *xs):
        return 8 * prod(y)
