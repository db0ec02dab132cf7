"""Distances between predictions and targets, per row; and the arithmetic that turns their sums into metrics."""

from math import prod
from typing import ClassVar

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.targets import need_values


def residuals(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Prediction minus target for values: (rows, outputs) float64."""
    return np.subtract(p.reshape(t.shape), t, dtype=np.float64).reshape(len(t), prod(t.shape[1:]))


def brier(p: np.ndarray, t: np.ndarray, classes: int) -> np.ndarray:
    """Mean over the classes of (probability - 1 for the true class, 0 for others)^2: one float64 per target.

    Its mean is scikit-learn's `mean_squared_error(one_hot, p)`. With two classes it is `brier_score_loss`, the same
    whether the network has one output or two, since both classes are then equally wrong.
    """
    t = t.ravel()
    if p.size == t.size:
        return np.square(np.subtract(p.ravel(), t, dtype=np.float64))
    d = p.reshape(t.size, classes).astype(np.float64)
    d[np.arange(t.size), t] -= 1
    return np.square(d, out=d).mean(1)


def root(squares: np.ndarray) -> np.ndarray:
    """RMSE from mean squared errors (..., outputs): the mean of their roots, as scikit-learn does."""
    return np.sqrt(squares).mean(-1)


def determination(error: np.ndarray, variation: np.ndarray) -> np.ndarray:
    """R^2 from sums (..., outputs) of squared errors and of squared deviations from the mean: mean of 1 - error /
    variation.

    An output that does not vary counts 1 if it is met exactly, else 0, as in scikit-learn.
    """
    share = np.divide(error, variation, out=(error != 0).astype(float), where=variation != 0)
    return 1 - share.mean(-1)


class MeanError(Metric):
    """Abstract: the mean over rows of something about each output."""

    better: ClassVar[str] = "min"
    task: ClassVar[str] = "regression"

    def start(self, t: Spec, positive: int | None = 1) -> None:
        need_values(self, t)
        self.sums = np.zeros(1 + prod(t))

    def terms(self, p, t) -> np.ndarray:
        """(rows, outputs) float64."""
        raise NotImplementedError

    def update(self, y, p, t) -> None:
        terms = self.terms(p, t)
        self.sums[0] += len(terms)
        self.sums[1:] += terms.sum(0)

    def means(self) -> np.ndarray:
        """The mean of each output; nan without rows."""
        return self.sums[1:] / (self.sums[0] or np.nan)

    def result(self) -> float:
        return float(self.means().mean())

    def state(self) -> np.ndarray:
        return self.sums.copy()

    def load(self, state) -> None:
        self.sums[:] = state
