"""Metrics that are a share of right targets among all."""

import numpy as np

from dlcli.engine.metric import Metric


class Share(Metric):
    """right / all, in 0 to 1. `start` sets both to 0, `update` adds to both."""

    def result(self) -> float:
        return self.right / self.all if self.all else float("nan")

    def state(self) -> np.ndarray:
        return np.array([self.right, self.all])

    def load(self, state) -> None:
        self.right, self.all = (int(n) for n in state)
