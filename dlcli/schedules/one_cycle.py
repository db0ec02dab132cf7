"""Learning rate that rises to a maximum and falls far below its start."""

from math import cos, pi
from typing import Annotated

from annotated_types import Gt, Lt

from dlcli.engine.schedule import Schedule


class OneCycle(Schedule):
    """One rise and one fall along half cosines over the run (Smith and Topin 2018), step by step as PyTorch's
    OneCycleLR.

    The optimizer's learning_rate is the maximum: the rate starts at learning_rate / div_factor, reaches learning_rate
    after pct_start of the steps, and ends at the starting rate / final_div_factor with the last step. Momentum is left
    as it is.
    """

    pct_start: Annotated[float, Gt(0), Lt(1)] = 0.3
    """Share of the steps in which the rate rises."""
    div_factor: Annotated[float, Gt(0)] = 25.0
    """The maximum over the rate of the first step."""
    final_div_factor: Annotated[float, Gt(0)] = 1e4
    """The rate of the first step over that of the last."""

    def factor(self, step, span):
        first = 1 / self.div_factor
        peak, last = self.pct_start * span.total_steps - 1, span.total_steps - 1
        if step < peak:
            return _between(first, 1.0, step / peak)
        return _between(1.0, first / self.final_div_factor, (step - peak) / (last - peak))


def _between(start: float, end: float, share: float) -> float:
    """From start (share 0) to end (share 1) along half a cosine."""
    return end + (start - end) * (1 + cos(pi * share)) / 2
