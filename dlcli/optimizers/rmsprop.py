"""RMSprop."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Lt

from dlcli.engine.optimizer import Optimizer


class Rmsprop(Optimizer):
    """Divides each gradient by its recent root mean square (Tieleman and Hinton 2012), as in PyTorch's RMSprop.

    s = rho * s + (1 - rho) * g^2, u = g / (sqrt(s) + epsilon), w -= learning_rate * u; with momentum v = momentum * v +
    u, w -= learning_rate * v. Centered (Graves 2013): a = rho * a + (1 - rho) * g, and s - a^2 stands in place of s.
    """

    learning_rate: Annotated[float, Gt(0)] = 0.01
    """Step size at schedule factor 1."""
    rho: Annotated[float, Ge(0), Lt(1)] = 0.99
    """Share of the running averages that is kept each step."""
    epsilon: Annotated[float, Gt(0)] = 1e-8
    """Added to the root, so that no step divides by 0."""
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the last step's velocity that is kept."""
    centered: bool = False
    """Divide by the standard deviation of the gradient in place of its root mean square."""

    def __post_init__(self):
        self.slots = ("square", *(["mean"] if self.centered else []), *(["velocity"] if self.momentum else []))

    def update(self, theta, grad, slots, work, learning_rate):
        square = slots[0]
        np.multiply(grad, grad, work)
        work *= 1 - self.rho
        square *= self.rho
        square += work
        if self.centered:
            mean = slots[1]
            np.multiply(grad, 1 - self.rho, work)
            mean *= self.rho
            mean += work
            np.multiply(mean, mean, work)
            np.subtract(square, work, work)
            np.maximum(work, 0, out=work)       # rounding can make it negative
            np.sqrt(work, work)
        else:
            np.sqrt(square, work)
        work += self.epsilon
        np.divide(grad, work, work)
        if self.momentum:
            velocity = slots[-1]
            velocity *= self.momentum
            velocity += work
            np.multiply(velocity, learning_rate, work)
        else:
            work *= learning_rate
        theta -= work
