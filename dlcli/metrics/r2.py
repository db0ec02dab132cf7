"""Coefficient of determination."""

from math import prod
from typing import ClassVar

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.errors import determination, residuals
from dlcli.metrics.formulas.targets import need_values


class R2(Metric):
    """Share of the target's variance that is explained: 1 - sum (prediction - target)^2 / sum (target - mean)^2.

    1 is perfect, 0 is as good as always answering the mean, below 0 is worse. Several outputs: the mean of theirs. Not
    defined for fewer than two rows. A target that does not vary gives 1 if it is met exactly, else 0.
    """

    task: ClassVar[str] = "regression"

    def start(self, t: Spec, positive: int | None = 1) -> None:
        need_values(self, t)
        # rows, first target, mean and squared deviation from there, squared error
        self.sums = np.zeros((5, prod(t)))

    def update(self, y, p, t) -> None:
        if not len(t):
            return
        error = residuals(p, t)
        count, origin, mean, deviation, total = self.sums
        if not count[0]:
            origin[:] = t[0].ravel()
        # a constant target deviates by exactly 0
        d = residuals(t, np.broadcast_to(origin.reshape(t.shape[1:]), t.shape))
        n, centre = len(d), d.mean(0)
        # Chan, Golub, LeVeque 1979: joins two means and sums of squared deviations without cancellation
        step = centre - mean
        deviation += np.square(d - centre).sum(0) + step ** 2 * (count * n / (count + n))
        mean += step * (n / (count + n))
        total += np.square(error).sum(0)
        count += n

    def result(self) -> float:
        return float(determination(self.sums[4], self.sums[3])) if self.sums[0, 0] >= 2 else float("nan")

    def state(self) -> np.ndarray:
        return self.sums.copy()

    def load(self, state) -> None:
        self.sums[:] = state
