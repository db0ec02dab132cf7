"""Area under the ROC curve."""

from typing import ClassVar

import numpy as np

from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.ranking import Ranking, curve, one_against_rest, positive_score, roc_area, thresholds
from dlcli.metrics.formulas.targets import need_classes


class RocAuc(Ranking):
    """Area under the ROC curve: the chance that a positive row is ranked above a negative one, ties counting half.

    0.5 is chance, 1 is perfect. More than two classes: the mean over classes of each class's probability against the
    rest (one-vs-rest, macro). Not defined if a class is missing from the targets.
    """

    task: ClassVar[str] = "classification"

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = need_classes(self, t)
        self.begin(1 if self.classes == 2 else self.classes)

    def scores(self, y, p, t) -> np.ndarray:
        return positive_score(y, t.size, 1) if self.classes == 2 else p.reshape(t.size, self.classes)

    def result(self) -> float:
        rows = self.state()
        t, score = rows[:, 0], rows[:, 1:]
        if not len(t):
            return float("nan")
        if self.classes > 2:
            return one_against_rest(score, t)[0]
        order, starts = thresholds(score[:, 0])
        return float(roc_area(curve(t[order], starts, np.ones(len(t)))))
