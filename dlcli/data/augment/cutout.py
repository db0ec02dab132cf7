"""Pictures with a part hidden."""

from typing import Annotated

from annotated_types import Ge, Le

from dlcli.data.augment._augment import Augment


class Cutout(Augment):
    """A square is covered (DeVries and Taylor 2017). Its middle may be any pixel, so a part of the square may lie
    outside."""

    size: Annotated[int, Ge(1)] = 8
    """Its side in pixels."""
    fill: Annotated[float, Ge(0), Le(1)] = 0.0
    """Its brightness, from 0 (black) to 1 (white)."""

    def check(self, height: int, width: int) -> None:
        if self.size >= max(height, width):
            raise ValueError(f"a square of {self.size} pixels can cover all of a picture of {height}x{width}")

    def apply(self, x, draws, top, keep) -> None:
        middle = (draws.uniform(2) * x.shape[1:3]).astype(int) - self.size // 2
        for picture, (row, column) in zip(x, middle.tolist()):
            picture[max(0, row):max(0, row + self.size), max(0, column):max(0, column + self.size)] = self.fill * top
