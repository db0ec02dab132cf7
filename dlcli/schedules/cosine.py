"""Learning rate that falls along half a cosine."""

from math import cos, pi
from typing import Annotated

from annotated_types import Ge, Le

from dlcli.engine.schedule import Schedule


class Cosine(Schedule):
    """Lets the learning rate fall from 1 to a final share over the run: final + (1 - final) (1 + cos(pi step / steps))
    / 2.

    Step by step as PyTorch's CosineAnnealingLR with T_max = all steps of the run; the final share itself would be
    reached one step after the last. With several cycles the rate jumps back to 1 at the start of each (warm restarts,
    SGDR: Loshchilov and Hutter 2017).
    """

    final: Annotated[float, Ge(0), Le(1)] = 0.0
    """Share of the rate at the end."""
    cycles: Annotated[int, Ge(1)] = 1
    """Falls in the run, all of one length."""

    def check(self, span):
        if self.cycles > span.total_steps:
            raise ValueError(f"{self.cycles:,} falls do not fit into a run of {span.total_steps:,} steps")

    def factor(self, step, span):
        done = step * self.cycles % span.total_steps / span.total_steps
        return self.final + (1 - self.final) * (1 + cos(pi * done)) / 2
