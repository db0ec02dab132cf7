"""Pinball loss."""

from typing import Annotated

import numpy as np
from annotated_types import Gt, Len, Lt

from dlcli.engine.loss import Loss, WrongTask
from dlcli.losses import _targets

MEDIAN = 0.5


class Pinball(Loss):
    """Pinball loss of quantiles (Koenker and Bassett 1978), averaged over elements and quantiles: q (t - y) if the
    target t lies above the output y, else (1 - q) (y - t).

    It is least if a share q of the targets lies below the output. Target (k,), output (k * quantiles,): the quantiles
    of one element side by side, in their order. `predict` gives the median; quantiles of one row that cross are put in
    ascending order first (Chernozhukov et al. 2010). At y = t the derivative is taken as 0.
    """

    quantiles: Annotated[list[Annotated[float, Gt(0), Lt(1)]], Len(1)] = (0.1, 0.5, 0.9)
    """Quantiles to fit, ascending; 0.5, the median, must be one of them. From the least to the greatest is the interval
    that `predict` tells and that `coverage` counts: 0.1 to 0.9 should hold 80 %."""

    def build(self, y, t):
        if any(a >= b for a, b in zip(self.quantiles, self.quantiles[1:])) or MEDIAN not in self.quantiles:
            raise ValueError("quantiles must ascend, and have 0.5 among them, which is what is predicted")
        _targets.need_scores(self, y)
        if t.dtype == "int":
            raise WrongTask("pinball is a regression loss, but the target holds class labels")
        if t.lengths or y.lengths:
            raise ValueError("pinball reads no padded rows")
        count = len(self.quantiles)
        if not t or tuple(y) != (*t[:-1], t[-1] * count):
            raise ValueError(f"{count} quantiles of a target of shape {_targets.shape(t)} need an output of "
                             f"{_targets.shape((*t[:-1], t[-1] * count))}, got {_targets.shape(y)}")
        self.q = np.array(self.quantiles)
        self.keep("difference", y)
        self.temp("losses", y)
        self.temp("above", y, "bool")

    def weight(self, t):
        return float(t.size * len(self.quantiles))

    def _difference(self, y, t):
        """Sets `difference` to target minus output, and returns it as (elements, quantiles)."""
        d = self.difference.reshape(-1, len(self.quantiles))
        np.subtract(t.reshape(-1, 1), y.reshape(d.shape), d)
        return d

    def forward(self, y, t):
        d = self._difference(y, t)
        losses = self.losses.reshape(d.shape)
        np.multiply(d, self.q.astype(d.dtype), losses)
        np.minimum(d, 0, out=d)                 # q d + max(-d, 0) is q d above 0, and (q - 1) d below
        losses -= d
        self._difference(y, t)
        return np.add.reduce(losses.reshape(-1)).item()

    def backward(self, y, t, dy, scale):
        d, above = self.difference.reshape(-1, len(self.quantiles)), self.above.reshape(-1, len(self.quantiles))
        out = dy.reshape(d.shape)
        np.less(d, 0, out=above)
        np.copyto(out, above)                   # 1 - q if y lies above t, -q if below, 0 if they are equal
        out -= self.q.astype(d.dtype)
        np.equal(d, 0, out=above)
        np.copyto(out, 0, where=above)
        out *= scale

    def predict(self, y):
        each = np.sort(y.reshape(len(y), *y.shape[1:-1], -1, len(self.quantiles)), -1)
        return each[..., list(self.quantiles).index(MEDIAN)].copy()

    def piece(self, y, t):
        return np.sign(self._difference(y, t))
