"""Mean squared error."""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _regression


class Mse(Loss):
    """Squared error, (y - t)^2, averaged over all elements (rows times outputs), as in PyTorch's MSELoss.

    Output and target (..., k). `predict` gives the output as it is.
    """

    measures = "squares"

    one_hot: bool = False
    """Fit class labels too: 0 and 1 by one output for two classes, else an indicator for each class. `predict` then
    gives these outputs, (n, ...) for one output, which need not be probabilities."""

    def build(self, y, t):
        _regression.build(self, y, t)

    def weight(self, t):
        return float(_padding.count(self, t))

    def forward(self, y, t):
        d = _regression.difference(self, y, t)
        return d.dot(d).item()

    def backward(self, y, t, dy, scale):
        np.multiply(self.difference, 2 * scale, dy)

    def predict(self, y):
        return _regression.predict(self, y)
