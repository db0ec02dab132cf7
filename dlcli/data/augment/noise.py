"""Grainy pictures."""

from typing import Annotated, ClassVar

from annotated_types import Gt

from dlcli.data.augment._augment import Augment


class Noise(Augment):
    """A normal number is added to each value. Values may then lie outside of black to white (Bishop 1995: noise acts as
    regularization)."""

    white: ClassVar[bool] = True

    std: Annotated[float, Gt(0)] = 0.05
    """Its standard deviation, if white is 1."""

    def apply(self, x, draws, top, keep) -> None:
        grain = keep("noise", x.shape)
        draws.normal(grain.reshape(len(x), -1))
        grain *= self.std * top
        x += grain
