"""Root mean squared error."""

import numpy as np

from dlcli.metrics.formulas.errors import MeanError, residuals, root


class Rmse(MeanError):
    """Root mean squared error, in the units of the target: sqrt(mean of (prediction - target)^2).

    With several outputs it is the mean of each output's root, as scikit-learn's `root_mean_squared_error`.
    """

    def terms(self, p, t) -> np.ndarray:
        return np.square(residuals(p, t))

    def result(self) -> float:
        return float(root(self.means()))
