"""Mean absolute error."""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _regression


class Mae(Loss):
    """Absolute error, |y - t|, averaged over all elements (rows times outputs), as in PyTorch's L1Loss.

    Less moved by outliers than mse: each element pulls with the same force. Output and target (..., k). `predict` gives
    the output as it is. If y = t the derivative is taken as 0.
    """

    one_hot: bool = False
    """Fit class labels too: 0 and 1 by one output for two classes, else an indicator for each class. `predict` then
    gives these outputs, (n, ...) for one output, which need not be probabilities."""

    def build(self, y, t):
        _regression.build(self, y, t)
        self.temp("losses", y)

    def weight(self, t):
        return float(_padding.count(self, t))

    def forward(self, y, t):
        losses = self.losses.reshape(-1)
        np.absolute(_regression.difference(self, y, t), losses)
        return np.add.reduce(losses).item()

    def backward(self, y, t, dy, scale):
        np.sign(self.difference, dy)
        dy *= scale

    def predict(self, y):
        return _regression.predict(self, y)

    def piece(self, y, t):
        _regression.difference(self, y, t)
        return np.sign(self.difference)
