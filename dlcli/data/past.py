"""What came before each forecast of a series: the past that is drawn, and forecasts that need no network."""

from collections.abc import Callable

import numpy as np


class Past:
    """The series around the windows of a data set.

    values: the targets of all steps (steps, targets) float64, in their own units, NaN if nobody knows them. begins: for
    each step the first of its stretch, (steps,). origins: the first step that each row predicts (rows,). times(first,
    count): the times of so many steps as texts, those behind the last known one too; None if they have none.
    """

    def __init__(self, values: np.ndarray, begins: np.ndarray, origins: np.ndarray, horizon: int, season: int,
                 times: Callable[[int, int], list[str]] | None):
        self.values, self.begins, self.origins = values, begins, origins
        self.horizon, self.season, self.times = horizon, season, times

    def naive(self, season: int) -> np.ndarray:
        """The naive forecast of each row (rows, horizon * targets): the value one season before, or so many seasons as
        there are to what is known; season 1: the last value. NaN if the stretch has no such step."""
        ahead = np.arange(self.horizon)
        steps = self.origins[:, None] + ahead - season * (1 + ahead // season)
        known = steps >= self.begins[self.origins - 1][:, None]
        found = np.where(known[..., None], self.values[np.maximum(steps, 0)], np.nan)
        return found.reshape(len(steps), -1)


def naive_error(values: np.ndarray, spans: list[tuple[int, int]], season: int) -> np.ndarray | None:
    """Mean absolute error of the seasonal naive forecast one season ahead, of each target, within stretches (first,
    behind the last); None if none of them is longer than a season."""
    errors = [np.abs(values[first + season:last] - values[first:last - season]) for first, last in spans
              if last - first > season]
    return np.concatenate(errors).mean(0) if errors else None
