"""Hinge loss."""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.losses import _margins, _padding


class Hinge(Loss):
    """The loss of support vector machines: wants the right side by a margin of 1.

    Two classes by one output: max(0, 1 - s y), s = -1 for class 0 and +1 for class 1. An output of C scores, C classes
    (Crammer and Singer 2001): max(0, 1 + max over j != t of y[j] - y[t]). Averaged over rows (positions). `predict`
    gives 0 or 1: (n, ...) for one output, else (n, ..., C) with a 1 for the class of the largest score.
    """

    def build(self, y, t):
        _margins.build(self, y, t)
        if not self.binary:
            self.temp("others", y)

    def weight(self, t):
        return float(_padding.count(self, t))

    def forward(self, y, t):
        if self.padded:
            _padding.mark(self)
        if self.binary:
            _margins.margins(self, y, t)
            np.subtract(1, self.losses, self.losses)
        else:
            _margins.place_target(self, y, t)
            np.copyto(self.others, y)
            self.others.reshape(-1)[self.target.reshape(-1)] = -np.inf
            _margins.place_rival(self, self.others)
            _margins.gap(self, y)
            self.losses += 1
        np.maximum(self.losses, 0, out=self.losses)
        return _margins.total(self)

    # If the loss is above 0, its slope is -s; of several scores 1 at the rival and -1 at the target.
    def backward(self, y, t, dy, scale):
        if self.binary:
            slopes = dy[..., 0]
            np.sign(self.losses, slopes)
            slopes *= self.signs
            slopes *= -scale
        else:
            np.sign(self.losses, self.values)
            self.values *= scale
            _margins.push(self, dy)

    def predict(self, y):
        return _margins.predict(self, y)

    def piece(self, y, t):
        self.forward(y, t)
        active = self.losses > 0
        return active if self.binary else np.where(active, self.rival, -1)
