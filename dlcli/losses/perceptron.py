"""The perceptron's loss."""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.losses import _margins, _padding


class Perceptron(Loss):
    """Distance of mistaken scores from the right side (Rosenblatt 1958): max(0, -s y), s = -1 for class 0 and +1 for
    class 1.

    The derivative is -s wherever s y <= 0, else 0: a score of exactly 0 is a mistake, so that a network of zeros
    learns, and `sgd` with batch size 1 is Rosenblatt's rule. With an output of C scores for C classes it is max(y) -
    y[t]: the class of the largest score (the first of equals) is pushed down and the target up, if they differ.
    Averaged over rows (positions). `predict` gives 0 or 1: (n, ...) for one output, else (n, ..., C) with a 1 for the
    class chosen.

    It grows with the weights, and is 0 for a network of zeros, which knows nothing: the best epoch goes by mistakes.
    """

    prediction_layer = "step"
    monitored = "accuracy"

    def build(self, y, t):
        _margins.build(self, y, t)
        self.keep("wrong", t, "bool")

    def weight(self, t):
        return float(_padding.count(self, t))

    def forward(self, y, t):
        if self.padded:
            _padding.mark(self)
        if self.binary:
            _margins.margins(self, y, t)
            np.less_equal(self.losses, 0, out=self.wrong)
            np.minimum(self.losses, 0, out=self.losses)
            np.negative(self.losses, self.losses)
        else:
            _margins.place_target(self, y, t)
            _margins.place_rival(self, y)
            _margins.gap(self, y)
            np.not_equal(self.rival, self.target, out=self.wrong)
        if self.padded:
            _padding.clear(self, self.wrong)
        return _margins.total(self)

    # A wrong row's slope is -s; of several scores 1 at the rival and -1 at the target.
    def backward(self, y, t, dy, scale):
        slopes = dy[..., 0] if self.binary else self.values
        np.copyto(slopes, self.wrong)
        if self.binary:
            slopes *= self.signs
            slopes *= -scale
        else:
            slopes *= scale
            _margins.push(self, dy)

    def predict(self, y):
        return _margins.predict(self, y)

    def piece(self, y, t):
        self.forward(y, t)
        return self.wrong.copy() if self.binary else self.rival.copy()
