from math import prod
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, MinLen

from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec
from dlcli.kernels import resample
from dlcli.kernels.margins import per_axis
from dlcli.kernels.places import whole_places
from dlcli.kernels.windows import fits


class Upsample(Layer):
    """A picture (height, width, channels) or a sequence (steps, channels) enlarged by a whole factor."""

    factor: Annotated[int, Gt(0)] | Annotated[list[Annotated[int, Gt(0)]], MinLen(1)]
    """How many places come from one: a number, or one per axis ([down, across])."""
    method: Literal["nearest", "bilinear"] = "nearest"
    """`nearest`: each place repeated. `bilinear`: linear interpolation between the middles of places, along both axes
    (or along the only one), as PyTorch does it with align_corners=False."""

    def build(self, x):
        self.factors = per_axis(self.factor, x)
        if len(x) > 3:
            raise ValueError(f"needs (height, width, channels) or (steps, channels), got {tuple(x)}")
        if self.method == "bilinear":
            if x.lengths:
                raise ValueError("cannot interpolate at the ends of rows of different length; use `method: nearest`")
            return resample.declare(self, x, [resample.interpolation(n, factor) for n, factor in zip(x, self.factors)])
        shape = (fits(f"axis of {n}", n * factor) for n, factor in zip(x, self.factors))
        return Spec((*shape, x[-1]), lengths="own" if x.lengths else False)

    def forward(self, x, y, train):
        if self.method == "bilinear":
            resample.forward(self, x, y)
            return
        for copies, places in self._copies(y, x):
            np.copyto(whole_places(copies), whole_places(places))
        if self.lengths is not None:
            np.multiply(self.lengths, self.factors[0], self.y_lengths)

    def backward(self, x, y, dy, dx):
        if self.method == "bilinear":
            resample.backward(self, dy, dx)
            return
        (first, dx), *others = self._copies(dy, dx)
        np.copyto(dx, first)
        for copies, _ in others:
            np.add(dx, copies, dx)

    def _copies(self, y, x) -> list:
        """What y holds of all places of x, once for each repetition, and x, both as pictures."""
        if x.ndim == 3:
            x, y = x[:, None], y[:, None]
        down, across = self.factors if len(self.factors) == 2 else (1, *self.factors)
        return [(y[:, i::down, j::across], x) for i in range(down) for j in range(across)]

    def flops(self, y, *xs):
        return resample.flops(self, y) if self.method == "bilinear" else prod(y)
