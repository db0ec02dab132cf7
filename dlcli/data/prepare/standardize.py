"""Zero mean and unit variance."""

from typing import ClassVar, Literal

from dlcli.data.prepare._statistics import mean_and_deviation
from dlcli.data.prepare._step import Blocks, Step


class Standardize(Step):
    """x becomes (x - mean) / standard deviation, with the mean and the (population) deviation of the training split.

    A feature that never changes becomes 0. Missing values are left out of the statistics and stay missing.
    """

    affine: ClassVar[bool] = True

    columns: list[str] | None = None
    """Columns to standardize. Default: every column of numbers, texts as `ordinal` among them; one-hot features only if
    named."""
    per: Literal["feature", "channel", "all"] = "feature"
    """For arrays such as pictures: statistics for each position, for each index of the last axis, or for all values
    together."""

    def fit(self, blocks: Blocks) -> dict:
        mean, scale = mean_and_deviation(blocks, self.per)
        return {"mean": mean.tolist(), "scale": scale.tolist()}

    @staticmethod
    def apply(x, mean, scale) -> None:
        x -= mean
        x /= scale
