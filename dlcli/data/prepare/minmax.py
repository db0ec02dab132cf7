"""A fixed range."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Len

from dlcli.data.prepare._step import Blocks, Step


class Minmax(Step):
    """x is moved and stretched so that the training split lies in a range, [0, 1] by default.

    A feature that never changes becomes the lower end. New rows may lie outside: nothing is cut. Missing values stay
    missing.
    """

    affine: ClassVar[bool] = True

    columns: list[str] | None = None
    """Columns to change. Default: every column of numbers, texts as `ordinal` among them; one-hot features only if
    named."""
    range: Annotated[list[float], Len(2, 2)] = (0.0, 1.0)
    """Lower and upper end."""

    def fit(self, blocks: Blocks) -> dict:
        low = high = np.nan
        for x in blocks():
            low, high = np.fmin(low, np.fmin.reduce(x)), np.fmax(high, np.fmax.reduce(x))
        low = np.where(np.isnan(low), 0.0, low)
        span = np.where(high > low, high - low, 1.0)
        return {"low": low.tolist(), "span": span.tolist(), "range": [float(end) for end in self.range]}

    @staticmethod
    def apply(x, low, span, range) -> None:
        x -= low
        x /= span
        x *= range[1] - range[0]
        x += range[0]
