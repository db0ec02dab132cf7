"""Metrics of the probability that was given to what came: the mean negative log-likelihood, in other units."""

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.metrics.formulas import targets

SCORES = 1 << 16
"""That are looked at together: a batch of a large vocabulary would take a multiple of itself."""


class Likelihood(Metric):
    """The sum of -log p of the right class, and the number of places."""

    task = "classification"
    better = "min"

    def start(self, t, positive=1):
        targets.need_classes(self, t)
        self.sums = np.zeros(2)

    def update(self, y, p, t):
        self.sums += surprise(y, t).sum(), t.size

    @property
    def mean(self) -> float:
        """In nats; NaN of no places."""
        return self.sums[0] / self.sums[1] if self.sums[1] else np.nan

    def state(self):
        return self.sums.copy()

    def load(self, state):
        self.sums[:] = state


def surprise(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """-log softmax(y)[t] of each place, float64, from scores y (..., classes): a probability may be too small for its
    number, its logarithm is not. One score for two classes is that of class 1."""
    y, t, found = y.reshape(t.size, y.shape[-1]), t.reshape(-1), np.empty(t.size)
    some = max(1, SCORES // y.shape[1])
    for start in range(0, len(found), some):
        here = slice(start, start + some)
        found[here] = _surprise(y[here].astype(np.float64), t[here])
    return found


def _surprise(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The same of a few places; y is spent."""
    if y.shape[1] == 1:
        y = np.concatenate([np.zeros_like(y), y], 1)
    y -= np.take_along_axis(y, t[:, None], 1)
    most = y.max(1, keepdims=True)
    return (np.log(np.exp(y - most).sum(1, keepdims=True)) + most)[:, 0]
