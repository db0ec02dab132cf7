"""Huber loss."""

from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _regression


class Huber(Loss):
    """Squared error near the target, absolute error far from it (Huber 1964), averaged over all elements.

    With e = y - t: e^2 / 2 if |e| <= delta, delta (|e| - delta / 2) beyond, as in PyTorch's HuberLoss. Output and
    target (..., k). `predict` gives the output as it is.
    """

    delta: Annotated[float, Gt(0)] = 1.0
    """Error from which the loss grows linearly, in the units of the target."""
    one_hot: bool = False
    """Fit class labels too: 0 and 1 by one output for two classes, else an indicator for each class. `predict` then
    gives these outputs, (n, ...) for one output, which need not be probabilities."""

    def build(self, y, t):
        _regression.build(self, y, t)
        self.keep("slope", y)

    def weight(self, t):
        return float(_padding.count(self, t))

    def forward(self, y, t):
        e, slope = _regression.difference(self, y, t), self.slope.reshape(-1)
        np.maximum(e, -self.delta, out=slope)
        np.minimum(slope, self.delta, out=slope)    # the loss is slope * (e - slope / 2)
        return slope.dot(e).item() - 0.5 * slope.dot(slope).item()

    # The slope is e, cut to [-delta, delta].
    def backward(self, y, t, dy, scale):
        np.multiply(self.slope, scale, dy)

    def predict(self, y):
        return _regression.predict(self, y)

    def piece(self, y, t):
        return np.absolute(_regression.difference(self, y, t)) <= self.delta
