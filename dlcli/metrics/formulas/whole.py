"""Metrics of rows as a whole: the tokens that a network's output stands for, against those of the target."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec
from dlcli.kernels.ctc.greedy import greedy
from dlcli.metrics.formulas.targets import decide, need_classes


def tokens(p: np.ndarray, t: np.ndarray, classes: int) -> np.ndarray:
    """The tokens that the predictions p of one row stand for.

    (steps, classes + 1), as loss ctc has them: the best class of each step, repeats merged, then blanks dropped. Of any
    other width there is a token for each of the target's: (steps, classes) the best class of each step; a single
    number per step, class 1 if it is above 0.5.
    """
    return greedy(p)[0] if p.ndim == 2 and p.shape[1] == classes + 1 else decide(p, t)


class WholeRows(Metric):
    """Abstract: counts something of each row and divides by a count. `start` sets both to 0."""

    task: ClassVar[str] = "classification"
    whole_rows: ClassVar[bool] = True
    by_choice: ClassVar[bool] = True

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = need_classes(self, t)
        if len(t) != 1:
            raise ValueError(f"{self.kind} needs a sequence of class ids for each row of its target; accuracy judges "
                             "other targets")
        self.counts = np.zeros(2, np.int64)

    def count(self, found: np.ndarray, wanted: np.ndarray) -> tuple[int, int]:
        """What one row adds to both counts."""
        raise NotImplementedError

    def update(self, y, p, t) -> None:
        for found, wanted in self._pairs(p, t):
            self.counts += self.count(found, wanted)

    def result(self) -> float:
        return float(self.counts[0] / self.counts[1]) if self.counts[1] else float("nan")

    def state(self) -> np.ndarray:
        return self.counts.copy()

    def load(self, state) -> None:
        self.counts[:] = state

    def _pairs(self, p, t) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return ((tokens(row, wanted, self.classes), wanted) for row, wanted in zip(p, t, strict=True))
