"""Mirror images."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Le

from dlcli.data.augment._augment import Augment


class Flip(Augment):
    """The picture is mirrored, half of the time: for objects that look the same from both sides, so not for digits or
    letters."""

    moves: ClassVar[bool] = True

    axis: Literal["horizontal", "vertical"] = "horizontal"
    """`horizontal` exchanges left and right, `vertical` above and below."""
    probability: Annotated[float, Ge(0), Le(1)] = 0.5
    """How often."""

    def apply(self, x, draws, top, keep) -> None:
        spare = keep("flip", x.shape[1:])
        for i in np.flatnonzero(draws.uniform(1)[:, 0] < self.probability):
            spare[...] = x[i]
            x[i] = spare[:, ::-1] if self.axis == "horizontal" else spare[::-1]
