"""Average precision."""

import numpy as np

from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.ranking import Ranking, curve, positive_score, precision_area, thresholds
from dlcli.metrics.formulas.targets import need_binary


class AveragePrecision(Ranking):
    """Area under the precision-recall curve: sum over thresholds of precision times gain in recall, not interpolated.

    For the positive class (`data.positive`) of a binary task; a random ranking has the share of positives. Rows of
    equal score are one threshold. 0 if there are no positives.
    """

    def start(self, t: Spec, positive: int | None = 1) -> None:
        need_binary(self, t)
        self.positive = 1 if positive is None else positive
        self.begin(1)

    def scores(self, y, p, t) -> np.ndarray:
        return positive_score(y, t.size, self.positive)

    def result(self) -> float:
        t, score = self.state().T
        if not len(t):
            return float("nan")
        order, starts = thresholds(score)
        return float(precision_area(curve((t == self.positive)[order], starts, np.ones(len(t)))))
