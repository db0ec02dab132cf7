"""Statistics of a column that is seen block by block, missing values left out."""

import numpy as np

from dlcli.data.step import Blocks


def mean_and_deviation(blocks: Blocks, per: str = "feature") -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation, in two passes. A deviation that is 0, or as small as rounding makes it, is
    given as 1, so that dividing by it changes nothing.

    per: "feature" (each position of a row's value), "channel" (each index of the last axis), "all" (one number).
    """
    mean = _mean(blocks, per, None)
    scale = np.sqrt(_mean(blocks, per, mean))
    return mean, np.where(scale <= 10 * np.finfo(float).eps * np.abs(mean), 1.0, scale)


def _mean(blocks: Blocks, per: str, center) -> np.ndarray:
    """Mean of the known values, or of their squared distances from a center."""
    count, total = 0, 0.0
    for x in blocks():
        axes = {"feature": (0,), "channel": tuple(range(x.ndim - 1)) or (0,), "all": tuple(range(x.ndim))}[per]
        if center is not None:
            x -= center
            x *= x
        part = np.asarray(x.sum(axes))
        known = x.size // part.size
        if np.isnan(part).any():
            part, known = np.nansum(x, axes), np.sum(~np.isnan(x), axes)
        total, count = total + part, count + known
    return np.asarray(total / np.maximum(count, 1))
