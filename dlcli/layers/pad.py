from math import prod
from typing import Literal

import numpy as np

from dlcli.engine.layer import Layer
from dlcli.kernels.margins import Margins, inner, pairs
from dlcli.kernels.windows import fits


class Pad(Layer):
    """Places added around a picture (height, width, channels) or at the ends of a sequence (steps, channels)."""

    padding: Margins
    """Places added: a number for every side, a number per axis ([rows, columns]), or [before, after] of each axis
    ([[top, bottom], [left, right]])."""
    value: float = 0.0
    """What the added places hold, in mode `constant`."""
    mode: Literal["constant", "reflect"] = "constant"
    """`constant`: the value. `reflect`: what lies as far on the other side of the border, which is not repeated
    itself."""

    def build(self, x):
        margins = pairs(self.padding, x)
        shape = tuple(fits(f"axis of {n}", n + sum(both)) for n, both in zip(x, margins))
        if self.mode == "reflect":
            for n, both in zip(x, margins):
                if max(both) >= n:
                    raise ValueError(f"reflects at most {n - 1} places of an axis of {n}, got {max(both)}")
            # NumPy would copy if arrays interleave
            self.temp("strip", (max(prod(shape) // n for n in shape) * x[-1],))
            self.mirrors = [
                mirror for axis, (n, both) in enumerate(zip(x, margins), 1) for mirror in _mirrors(axis, n, *both)
            ]
        self.inner = inner(margins, shape)
        return *shape, x[-1]

    def forward(self, x, y, train):
        if self.mode == "constant":
            y.fill(self.value)
        np.copyto(y[self.inner], x)
        if self.mode == "reflect":
            for added, source in self.mirrors:
                np.copyto(y[added], self._strip(y[source]))

    # a place that was copied to the border has the gradients of its copies, too
    def backward(self, x, y, dy, dx):
        if self.mode == "reflect":
            for added, source in self.mirrors:
                np.add(dy[source], self._strip(dy[added]), dy[source])
        np.copyto(dx, dy[self.inner])

    def _strip(self, places):
        strip = self.strip.reshape(-1)[:places.size].reshape(places.shape)
        np.copyto(strip, places)
        return strip

    def flops(self, y, *xs):
        return 0


def _mirrors(axis: int, n: int, before: int, after: int):
    """Indices of (added place, the place that it shows) along an axis whose n places lie behind `before` others."""
    lead, last = (slice(None),) * axis, before + n - 1
    for distance in range(1, before + 1):
        yield (*lead, before - distance), (*lead, before + distance)
    for distance in range(1, after + 1):
        yield (*lead, last + distance), (*lead, last - distance)
