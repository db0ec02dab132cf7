"""Learning rate that falls in steps."""

from typing import Annotated

from annotated_types import Ge, Gt

from dlcli.engine.schedule import Schedule


class Step(Schedule):
    """Multiplies the learning rate by gamma every so many epochs: gamma^floor(epoch / every), as PyTorch's StepLR does.

    The rate is the same throughout an epoch (counted from 0).
    """

    every: Annotated[int, Ge(1)]
    """Epochs from one fall to the next."""
    gamma: Annotated[float, Gt(0)] = 0.1
    """What is left of the rate after each fall."""

    def factor(self, step, span):
        return self.gamma ** (step // span.steps_per_epoch // self.every)
