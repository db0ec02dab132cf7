"""Statistics of a column that is seen block by block, missing values left out."""

import numpy as np

from dlcli.data.prepare._step import Blocks

STILL = 10 * np.finfo(float).eps
"""Deviations that are so small a part of the mean come from rounding."""


def mean_and_deviation(blocks: Blocks, per: str = "feature") -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation, in two passes. A deviation that is 0, or as small as rounding makes it,
    is given as 1, so that dividing by it changes nothing.

    per: "feature" (each position of a row's value), "channel" (each index of the last axis), "all" (one number).
    """
    mean = _mean(blocks, per, None)
    scale = np.sqrt(_mean(blocks, per, mean))
    still = scale <= STILL * np.abs(mean)
    return mean, np.where(still, 1.0, scale) if still.any() else scale


def _mean(blocks: Blocks, per: str, center) -> np.ndarray:
    """Mean of the known values, or of their squared distances from a center."""
    count, total = 0, 0.0
    for x in blocks():
        axes = 0 if per == "feature" else tuple(range(x.ndim - (per == "channel"))) or 0
        if center is not None:
            x -= center
            x *= x
        part = np.add.reduce(x, axes)
        known = x.size // part.size
        if (part != part).any():
            part, known = np.nansum(x, axes), np.sum(~np.isnan(x), axes)
        total, count = total + part, count + known
    return np.asarray(total / (np.maximum(count, 1) if isinstance(count, np.ndarray) else max(count, 1)))
