"""Exclusive or."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_column, array_table
from dlcli.data.sources._source import MOST_ROWS, Noise, Source
from dlcli.data.table import Table
from dlcli.engine.streams import Stream


class Xor(Source):
    """The corners of the unit square; class 1 if exactly one coordinate is 1. No straight line parts the two classes
    (Minsky and Papert 1969)."""

    n: Annotated[int, Ge(4), Le(MOST_ROWS)] = 4
    """Number of rows, spread evenly over the four corners; at most 10,000,000."""
    noise: Noise = 0.0
    """Standard deviation of a normal shift of each coordinate."""

    def memory_hint(self) -> str:
        return "a smaller `n` needs less"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        corner = np.arange(self.n) % 4
        a, b = corner // 2, corner % 2
        shift = Stream(seed, "data", "xor").at().normal(size=(self.n, 2))
        x = np.stack([a, b], 1) + self.noise * shift
        return {"train": array_table({"x": array_column(x)}, a ^ b, "xor")}
