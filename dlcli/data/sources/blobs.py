"""Round clouds of points."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_column, array_table
from dlcli.data.sources._source import Clouds, Drawn, Noise, Source
from dlcli.data.table import Table
from dlcli.engine.streams import Stream

MOST = 100_000_000
"""Most numbers that are drawn, 800 MB."""


class Blobs(Source):
    """A normal cloud per class, with the centres on a circle in the first two features: two classes with little noise
    can be parted by a straight line."""

    n: Drawn = 300
    """Number of rows, spread evenly over the classes; at most 10,000,000."""
    classes: Clouds = 3
    """Number of clouds, at most 1,000."""
    features: Annotated[int, Ge(2)] = 2
    """Number of coordinates."""
    distance: Annotated[float, Gt(0), Le(1e6)] = 4.0
    """From each centre to the next on the circle."""
    noise: Noise = 1.0
    """Standard deviation of each coordinate within a cloud."""

    def memory_hint(self) -> str:
        return "a smaller `n` needs less"

    def __post_init__(self):
        if self.classes > self.n:
            raise ValueError(f"{self.classes} classes need as many rows, and `n` is {self.n}")
        if self.n * self.features > MOST:
            raise ValueError(f"{self.n:,} rows of {self.features:,} features are {self.n * self.features:,} numbers; "
                             f"at most {MOST:,} are drawn")

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        y = np.arange(self.n) % self.classes
        angle = 2 * np.pi * np.arange(self.classes) / self.classes
        radius = self.distance / (2 * np.sin(np.pi / self.classes))
        centres = np.zeros((self.classes, self.features))
        centres[:, :2] = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        x = centres[y] + self.noise * Stream(seed, "data", "blobs").at().normal(size=(self.n, self.features))
        return {"train": array_table({"x": array_column(x)}, y, "blobs")}
