"""How far probabilities can be taken at their word."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.targets import both, need_classes


class ExpectedCalibrationError(Metric):
    """Distance between how sure predictions are and how often they are right (Naeini et al. 2015; Guo et al. 2017).

    Predictions are sorted by the probability of the class that they chose into `bins` of equal width, (0, 1/bins] to
    (1 - 1/bins, 1]. The error is the mean over predictions of |share that is right - mean probability| of their bin. It
    is 0 if "70 % sure" means right in 70 of 100 cases.
    """

    better: ClassVar[str] = "min"
    task: ClassVar[str] = "classification"

    bins: Annotated[int, Ge(1), Le(10_000)] = 15
    """Number of bins. More see finer, and need more rows."""

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = need_classes(self, t)
        self.sums = np.zeros((3, self.bins))        # predictions, those right, probabilities

    def update(self, y, p, t) -> None:
        p, t = both(p, t, self.classes)
        chosen = p.argmax(1)
        sure = np.take_along_axis(p, chosen[:, None], 1)[:, 0].astype(np.float64)
        place = np.clip(np.ceil(sure * self.bins).astype(np.int64) - 1, 0, self.bins - 1)
        for total, weights in zip(self.sums, (None, chosen == t, sure)):
            total += np.bincount(place, weights, self.bins)

    def result(self) -> float:
        count, right, sure = self.sums
        return float(np.abs(right - sure).sum() / (count.sum() or np.nan))

    def state(self) -> np.ndarray:
        return self.sums.copy()

    def load(self, state) -> None:
        self.sums[:] = state
