"""Intertwined spirals."""

from typing import Annotated

import numpy as np
from annotated_types import Gt, Le

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_column, array_table
from dlcli.data.sources._source import Clouds, Drawn, Noise, Source
from dlcli.data.table import Table
from dlcli.engine.streams import Stream


class Spirals(Source):
    """Spiral arms around one centre, a class each: hard to part without depth (Lang and Witbrock 1988)."""

    n: Drawn = 600
    """Number of rows, spread evenly over the classes; at most 10,000,000."""
    classes: Clouds = 2
    """Number of arms, at most 1,000."""
    turns: Annotated[float, Gt(0), Le(1e6)] = 1.0
    """How often each arm goes around the centre."""
    noise: Noise = 0.03
    """Standard deviation of a normal shift of each coordinate; the arms end at radius 1."""

    def memory_hint(self) -> str:
        return "a smaller `n` needs less"

    def __post_init__(self):
        if self.classes > self.n:
            raise ValueError(f"{self.classes} classes need as many rows, and `n` is {self.n}")

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        rng = Stream(seed, "data", "spirals").at()
        y = np.arange(self.n) % self.classes
        radius = np.sqrt(rng.random(self.n))        # even in area, so that the outer turns are as dense as the inner
        angle = 2 * np.pi * (self.turns * radius + y / self.classes)
        x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + self.noise * rng.normal(size=(self.n, 2))
        return {"train": array_table({"x": array_column(x)}, y, "spirals")}
