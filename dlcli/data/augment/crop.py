"""Shifted cuts."""

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from dlcli.data.augment._augment import Augment


class Crop(Augment):
    """The picture gets a border of `padding` pixels, and a cut of its old size is taken anywhere: a shift by up to
    `padding` pixels in both directions (Krizhevsky, Sutskever and Hinton 2012; in this form He et al. 2015)."""

    moves: ClassVar[bool] = True

    padding: Annotated[int, Ge(1)] = 4
    """Pixels of the border, the largest shift."""
    fill: Annotated[float, Ge(0), Le(1)] = 0.0
    """Brightness of the border, from 0 (black) to 1 (white)."""

    def check(self, height: int, width: int) -> None:
        if self.padding >= min(height, width):
            raise ValueError(
                f"a shift by {self.padding} pixels can move all of a picture of {height}x{width} out of sight"
            )

    def apply(self, x, draws, top, keep) -> None:
        n, height, width, channels = x.shape
        pad = self.padding
        wide = keep("crop", (n, height + 2 * pad, width + 2 * pad, channels))
        wide[...] = self.fill * top
        wide[:, pad:pad + height, pad:pad + width] = x
        for i, (row, column) in enumerate((draws.uniform(2) * (2 * pad + 1)).astype(int).tolist()):
            x[i] = wide[i, row:row + height, column:column + width]
