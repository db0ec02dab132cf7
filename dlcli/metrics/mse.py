"""Mean squared error."""

from typing import ClassVar

import numpy as np

from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.errors import MeanError, brier, residuals


class Mse(MeanError):
    """Mean squared error. Values: mean over all elements of (prediction - target)^2.

    Classes: the Brier score, the mean over rows and classes of (probability - one-hot target)^2. With two classes this
    is the mean of (probability of class 1 - target)^2 (Brier 1950); with C classes it is 1 / C of the form that sums
    over them.
    """

    task: ClassVar[str] = "any"

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = t.size if t.dtype == "int" else None
        if self.classes is None:
            super().start(t)
        else:
            self.sums = np.zeros(2)

    def terms(self, p, t) -> np.ndarray:
        return np.square(residuals(p, t)) if self.classes is None else brier(p, t, self.classes)[:, None]
