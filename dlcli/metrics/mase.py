"""Mean absolute scaled error."""

import numpy as np

from dlcli.metrics.formulas.errors import MeanError, residuals


class Mase(MeanError):
    """Mean absolute scaled error of a forecast (Hyndman and Koehler 2006): mean over all elements of |prediction -
    target| / scale.

    The scale is learned on the training part, for each column by itself: the mean absolute error, there, of the
    forecast that repeats the value one season before (`season` of the source; season 1: the value one step before).
    Below 1 is better than that. Not defined if the training part never changes.
    """

    def start(self, t, positive=1):
        super().start(t)
        if t.scale is None:
            raise ValueError("mase is for forecasts of a series: it needs the error of the naive forecast in the "
                             "training part")
        self.scale = np.array(t.scale, np.float64)

    def terms(self, p, t) -> np.ndarray:
        return np.abs(residuals(p, t))

    def result(self) -> float:
        return float((self.means() / self.scale).mean()) if (self.scale > 0).all() else float("nan")
