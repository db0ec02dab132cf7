"""Focal loss."""

from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _softmax, _targets

SMALLEST = 1e-30
"""Stands for the doubt 1 - p if rounding leaves none, so that nothing is divided by zero."""


class Focal(Loss):
    """Cross-entropy that fades for rows (pixels) that are right already (Lin et al. 2017): -w[t] (1 - p)^gamma log p.

    p is the probability of the target's class, w the class weights. The few hard rows then outweigh the many easy ones,
    such as a background that is most of every picture. Output (..., C) and target (...) of class ids, p by softmax; or
    for two classes an output (..., 1), p by sigmoid. The loss of a batch is the weighted mean, sum(w[t] * loss) /
    sum(w[t]); with gamma 0 it is cross_entropy. `predict` gives the probabilities, (n, ..., C), or of class 1 alone,
    (n, ...).
    """

    prediction_layer = ("softmax", "sigmoid")

    gamma: Annotated[float, Ge(0)] = 2.0
    """How strongly rows fade: one that is right with p = 0.9 counts (1 - 0.9)^gamma, 100 times less with gamma 2."""
    class_weights: Literal["balanced"] | list[Annotated[float, Ge(0)]] | None = None
    """A weight per class (the paper's alpha: `[0.75, 0.25]` is alpha 0.25), or `balanced`: rows / (classes * rows of
    the class), counted on the training split."""

    def build(self, y, t):
        _softmax.build(self, y, t, single=True)
        self.table = _targets.class_weights(self, t)
        self.keep("slope", t)       # of the focal loss over the cross-entropy of its row
        if self.table is not None:
            self.temp("row_weights", t)
        if self.single:
            self.temp("dpair", (*t, 2))

    def weight(self, t):
        if self.table is None:
            return float(_padding.count(self, t))
        parts = _padding.real(self, t)
        return float(sum(np.bincount(part, minlength=len(self.table)) for part in parts) @ self.table)

    def forward(self, y, t):
        if y is not self.bound:
            _softmax.bind(self, y)
            self.class_row = None if self.table is None else self.table.astype(y.dtype)
        _, _, _, doubt, losses = self.views
        slope = self.slope.reshape(-1)
        _softmax.shift(self, y, t)
        _softmax.likelihoods(self)
        np.negative(losses, doubt)
        np.exp(doubt, slope)                                # p
        np.expm1(doubt, doubt)
        np.negative(doubt, doubt)                           # 1 - p, exact if p is nearly 1
        np.maximum(doubt, SMALLEST, out=doubt)
        # d((1 - p)^g l)/dl = (1 - p)^g (1 + g p l / (1 - p)), l = -log p
        slope *= losses
        slope /= doubt
        slope *= self.gamma
        slope += 1
        np.power(doubt, self.gamma, doubt)
        slope *= doubt
        losses *= doubt
        if self.table is not None:
            weights = self.row_weights.reshape(-1)
            self.class_row.take(t.reshape(-1), None, weights, "clip")
            slope *= weights
            losses *= weights
        if self.padded:
            _padding.clear(self, self.losses)
            _padding.clear(self, self.slope)
        return losses.dot(self.row_ones).item()

    # The slope by y[j] is that of the cross-entropy, p[j] - [j = t], times `slope`, the one by the cross-entropy.
    def backward(self, y, t, dy, scale):
        exps, sums, place, factor, picked = self.views
        d = self.dpair if self.single else dy
        rows, flat = d.reshape(exps.shape), d.reshape(-1)
        np.multiply(self.slope.reshape(-1), scale, factor)
        np.divide(factor, sums, picked)
        np.multiply(exps, picked[:, None], rows)
        flat.take(place, None, picked, "clip")
        picked -= factor
        flat[place] = picked
        if self.single:
            np.copyto(dy[..., 0], d[..., 1])

    def predict(self, y):
        return _softmax.predict(y, self.single)
