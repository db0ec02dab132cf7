"""Mean absolute error."""

import numpy as np

from dlcli.metrics.formulas.errors import MeanError, residuals


class Mae(MeanError):
    """Mean absolute error, in the units of the target: mean over all elements of |prediction - target|."""

    def terms(self, p, t) -> np.ndarray:
        return np.abs(residuals(p, t))
