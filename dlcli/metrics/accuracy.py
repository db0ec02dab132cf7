"""Share of predictions that are right."""

from typing import ClassVar

import numpy as np

from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.share import Share
from dlcli.metrics.formulas.targets import decide, need_classes


class Accuracy(Share):
    """Share of targets whose class was predicted: right / all, in 0 to 1.

    The prediction is the most probable class (the first, at a tie); with one output, class 1 if its probability is
    above 0.5. Targets with several positions per row count each position.
    """

    task: ClassVar[str] = "classification"
    by_choice: ClassVar[bool] = True

    def start(self, t: Spec, positive: int | None = 1) -> None:
        need_classes(self, t)
        self.right = self.all = 0

    def update(self, y, p, t) -> None:
        self.right += int(np.count_nonzero(decide(p, t) == t))
        self.all += t.size
