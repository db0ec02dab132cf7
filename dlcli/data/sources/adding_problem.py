"""The adding problem: two numbers far apart to be added."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_table
from dlcli.data.sources._source import Drawn, Source
from dlcli.data.table import Column, Table
from dlcli.engine.streams import Stream

NUMBERS = 100_000_000
"""Most numbers of all rows."""


class AddingProblem(Source):
    """Sequences (length, 2) of a number from 0 to 1 and a mark; the target is the sum of the two numbers that have one.

    A mark is 1, at all other steps there is a 0. One marked step is anywhere in the first half, the other anywhere in
    the second, so that what is seen must be kept over many steps. A network that keeps nothing can answer 1, the mean:
    a mean squared error of 1/6. The version of Le et al. 2015; that of Hochreiter and Schmidhuber 1997 has numbers from
    -1 to 1, and marks the ends too.
    """

    length: Annotated[int, Ge(2), Le(1_000_000)] = 100
    """Number of steps."""
    n: Drawn = 10_000
    """Number of rows, at most 10,000,000; of at most 100,000,000 numbers together."""

    def memory_hint(self) -> str:
        return "a smaller `n`, or a smaller `length`, needs less"

    def __post_init__(self):
        if 2 * self.n * self.length > NUMBERS:
            raise ValueError(f"{self.n:,} rows of {self.length:,} steps are {2 * self.n * self.length:,} numbers; at "
                             f"most {NUMBERS:,} are drawn")

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        rng = Stream(seed, "data", "adding_problem").at()
        rows, half = np.arange(self.n), self.length // 2
        x = np.zeros((self.n, self.length, 2))
        x[..., 0] = rng.random((self.n, self.length))
        marked = rng.integers(0, half, self.n), rng.integers(half, self.length, self.n)
        for steps in marked:
            x[rows, steps, 1] = 1
        target = sum(x[rows, steps, 0] for steps in marked)
        return {"train": array_table({"x": Column(x)}, target, "adding_problem", "regression", target_name="sum")}
