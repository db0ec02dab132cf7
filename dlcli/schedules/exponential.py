"""Learning rate that falls by the same share all the time."""

from typing import Annotated

from annotated_types import Gt, Le

from dlcli.engine.schedule import Schedule


class Exponential(Schedule):
    """Multiplies the learning rate by gamma per epoch, a little at each step: gamma^(step / steps per epoch).

    At the start of each epoch it equals PyTorch's ExponentialLR, which falls there all at once.
    """

    gamma: Annotated[float, Gt(0), Le(1)]
    """What is left of the rate after an epoch."""

    def factor(self, step, span):
        return self.gamma ** (step / span.steps_per_epoch)
