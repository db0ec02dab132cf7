"""Symmetric mean absolute percentage error."""

import numpy as np

from dlcli.metrics.formulas.errors import MeanError, residuals


class Smape(MeanError):
    """Symmetric mean absolute percentage error, as a share from 0 to 2: mean over all elements of 2 |prediction -
    target| / (|prediction| + |target|).

    The M3 and M4 competitions (Makridakis et al. 2000, 2020) give 100 times this number. If both are 0 the term is 0.
    """

    def terms(self, p, t) -> np.ndarray:
        error = np.abs(residuals(p, t))
        size = (np.abs(p.astype(np.float64)) + np.abs(t)).reshape(error.shape)
        return np.divide(2 * error, size, out=np.zeros_like(error), where=size > 0)
