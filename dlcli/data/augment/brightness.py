"""Lighter and darker pictures."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Le

from dlcli.data.augment._augment import Augment


class Brightness(Augment):
    """All pixels are multiplied by a factor drawn evenly from 1 - amount to 1 + amount; what gets lighter than white is
    white."""

    white: ClassVar[bool] = True

    amount: Annotated[float, Gt(0), Le(1)] = 0.2
    """Largest change."""

    def apply(self, x, draws, top, keep) -> None:
        x *= (1 + self.amount * (2 * draws.uniform(1) - 1)).astype(x.dtype)[:, :, None, None]
        np.minimum(x, top, out=x)
