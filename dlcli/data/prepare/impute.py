"""Values for what is missing."""

from typing import Literal

import numpy as np

from dlcli.data.prepare._step import Blocks, Step


class Impute(Step):
    """Missing values are replaced by one learned on the training split.

    Columns of text are filled only if they are named: left alone, a missing text is a category of its own.
    """

    columns: list[str] | None = None
    """Columns to fill. Default: every column of numbers."""
    strategy: Literal["median", "mean", "most_frequent", "constant"] = "median"
    """The value to put in: of each column's known values in the training split, or `value`. Texts take the last two."""
    value: float | str | None = None
    """The constant of strategy `constant`."""
    indicators: bool = False
    """Adds a 0/1 feature `<column> is missing` for each column of numbers that has missing values in the training
    split."""

    def __post_init__(self):
        if (self.strategy == "constant") != (self.value is not None):
            raise ValueError(
                "`value` and the strategy `constant` need each other, as in `{strategy: constant, value: 0}`"
            )

    def fit(self, blocks: Blocks) -> dict:
        if self.strategy == "constant":
            if isinstance(self.value, str):
                raise ValueError(f"cannot be filled with the text {self.value!r}: it is a column of numbers")
            return {"fill": float(self.value)}
        x = np.concatenate(list(blocks()))
        flat = x.reshape(len(x), -1)
        fill = np.array([self._value(column[~np.isnan(column)]) for column in flat.T]).reshape(x.shape[1:])
        return {"fill": fill.tolist()}

    def _value(self, known: np.ndarray) -> float:
        if len(known) == 0:
            raise ValueError("has no known value in the training split to learn from")
        if self.strategy == "most_frequent":
            values, counts = np.unique(known, return_counts=True)
            return values[counts.argmax()]
        return np.median(known) if self.strategy == "median" else np.mean(known)

    @staticmethod
    def apply(x, fill) -> None:
        np.copyto(x, fill, where=np.isnan(x))
