"""Two interleaved half circles."""


import numpy as np

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_column, array_table
from dlcli.data.sources._source import Drawn, Noise, Source
from dlcli.data.table import Table
from dlcli.engine.streams import Stream


class Moons(Source):
    """Two classes, each a half circle of radius 1 that reaches into the other."""

    n: Drawn = 400
    """Number of rows, half of them in each class; at most 10,000,000."""
    noise: Noise = 0.1
    """Standard deviation of a normal shift of each coordinate."""

    def memory_hint(self) -> str:
        return "a smaller `n` needs less"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        rng = Stream(seed, "data", "moons").at()
        y = np.arange(self.n) % 2
        angle = np.pi * rng.random(self.n)
        upper = np.stack([np.cos(angle), np.sin(angle)], 1)
        lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
        x = np.where(y[:, None] == 0, upper, lower) + self.noise * rng.normal(size=(self.n, 2))
        return {"train": array_table({"x": array_column(x)}, y, "moons")}
