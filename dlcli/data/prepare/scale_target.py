"""The target of a regression on a scale that networks learn well."""

from typing import ClassVar

import numpy as np

from dlcli.data.prepare._statistics import mean_and_deviation
from dlcli.data.prepare._step import BadValue, Blocks, Step


class ScaleTarget(Step):
    """The target of a regression is brought to zero mean and unit variance on the training split (after log(1 + t)
    if `log`).

    The network learns and is trained on the scaled target; predictions and metrics are given in the target's own units.
    """

    target: ClassVar[bool] = True

    log: bool = False
    """Take log(1 + t) first: for prices, counts and the like."""

    def fit(self, blocks: Blocks) -> dict:
        def logs():
            for t in blocks():
                _log(t, self.log)
                yield t

        mean, scale = mean_and_deviation(logs)
        return {"log": self.log, "mean": mean.tolist(), "scale": scale.tolist()}

    @staticmethod
    def apply(x, log, mean, scale) -> None:
        _log(x, log)
        x -= mean
        x /= scale

    @staticmethod
    def undo(x: np.ndarray, log, mean, scale) -> np.ndarray:
        """Values in the target's own units, float64."""
        x = x * np.asarray(scale) + mean
        return np.expm1(x) if log else x


def _log(t: np.ndarray, log: bool) -> None:
    if log:
        if t.min() <= -1:
            raise BadValue(int(np.argwhere(t <= -1)[0, 0]), f"log(1 + t) needs targets above -1, got {t.min()}")
        np.log1p(t, out=t)
