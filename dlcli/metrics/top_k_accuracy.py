"""Share of targets among the k best guesses."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.share import Share
from dlcli.metrics.formulas.targets import both, need_classes


class TopKAccuracy(Share):
    """Share of targets whose class is among the k most probable: right / all, in 0 to 1 (with k = 1 it is the
    accuracy).

    Of classes that are equally probable the one with the smaller id comes first. If k reaches the number of classes
    it is 1, but for scores that are NaN, which are never among the best.
    """

    task: ClassVar[str] = "classification"
    by_choice: ClassVar[bool] = True

    k: Annotated[int, Ge(1)] = 5
    """How many guesses each target has."""

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = need_classes(self, t)
        self.right = self.all = 0

    def update(self, y, p, t) -> None:
        p, t = both(p, t, self.classes)
        own = np.take_along_axis(p, t[:, None], 1)
        before = (p > own).sum(1) + ((p == own) & (np.arange(self.classes) < t[:, None])).sum(1)
        self.right += int(np.count_nonzero((before < self.k) & ~np.isnan(own[:, 0])))
        self.all += len(t)
