"""Round clouds of points."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from dlcli.data.array_table import array_column, array_table
from dlcli.data.files import Files
from dlcli.data.source import Source
from dlcli.data.table import Table
from dlcli.engine.streams import Stream


class Blobs(Source):
    """A normal cloud per class, with the centres on a circle in the first two features: two classes with little noise can be parted by
    a straight line."""

    n: Annotated[int, Ge(2)] = 300
    """Number of rows, spread evenly over the classes."""
    classes: Annotated[int, Ge(2)] = 3
    """Number of clouds."""
    features: Annotated[int, Ge(2)] = 2
    """Number of coordinates."""
    distance: Annotated[float, Gt(0)] = 4.0
    """From each centre to the next on the circle."""
    noise: Annotated[float, Ge(0)] = 1.0
    """Standard deviation of each coordinate within a cloud."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        y = np.arange(self.n) % self.classes
        angle = 2 * np.pi * np.arange(self.classes) / self.classes
        radius = self.distance / (2 * np.sin(np.pi / self.classes))
        centres = np.zeros((self.classes, self.features))
        centres[:, :2] = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        x = centres[y] + self.noise * Stream(seed, "data", "blobs").at().normal(size=(self.n, self.features))
        return {"train": array_table({"x": array_column(x)}, y, "blobs")}
