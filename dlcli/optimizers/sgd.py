"""Stochastic gradient descent."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Lt

from dlcli.engine.optimizer import Optimizer


class Sgd(Optimizer):
    """Steps against the gradient, w -= learning_rate * g, with momentum if asked for, as in PyTorch's SGD.

    Momentum (Polyak 1964): v = momentum * v + g, w -= learning_rate * v. Nesterov (Sutskever et al. 2013): the same v,
    then w -= learning_rate * (g + momentum * v).
    """

    learning_rate: Annotated[float, Gt(0)] = 0.01
    """Step size at schedule factor 1."""
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the last step's velocity that is kept; 0.9 is usual, 0 keeps none."""
    nesterov: bool = False
    """Look ahead along the velocity. Needs a momentum."""

    def __post_init__(self):
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0")
        self.slots = ("velocity",) if self.momentum else ()

    def update(self, theta, grad, slots, work, learning_rate):
        if not self.momentum:
            np.multiply(grad, learning_rate, work)
        else:
            velocity, = slots
            velocity *= self.momentum
            velocity += grad
            if self.nesterov:
                np.multiply(velocity, self.momentum, work)
                work += grad
                work *= learning_rate
            else:
                np.multiply(velocity, learning_rate, work)
        theta -= work
