"""Logarithms of skewed features."""

import numpy as np

from dlcli.data.prepare._step import BadValue, Blocks, Step


class Log(Step):
    """x becomes log(1 + x), which brings sums of money, counts and areas close to a bell shape. Values of -1 and below
    are an error.

    Missing values stay missing.
    """

    columns: list[str] | None = None
    """Columns to change. Default: every column of numbers, texts as `ordinal` among them."""

    def fit(self, blocks: Blocks) -> dict:
        return {}

    @staticmethod
    def apply(x) -> None:
        if np.fmin.reduce(x, None) <= -1:
            row = int(np.argwhere(x <= -1)[0, 0])
            raise BadValue(row, f"log(1 + x) needs values above -1, got {np.nanmin(x[row])}")
        np.log1p(x, out=x)
