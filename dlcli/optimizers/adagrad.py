"""AdaGrad."""

from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.optimizer import Optimizer


class Adagrad(Optimizer):
    """Divides each gradient by the root of all its squares so far (Duchi et al. 2011), as in PyTorch's Adagrad.

    s = s + g^2, w -= learning_rate * g / (sqrt(s) + epsilon): parameters that rarely get a gradient keep large steps.
    """

    slots = ("square",)

    learning_rate: Annotated[float, Gt(0)] = 0.01
    """Step size at schedule factor 1."""
    epsilon: Annotated[float, Gt(0)] = 1e-10
    """Added to the root, so that no step divides by 0."""

    def update(self, theta, grad, slots, work, learning_rate):
        square, = slots
        np.multiply(grad, grad, work)
        square += work
        np.sqrt(square, work)
        work += self.epsilon
        np.divide(grad, work, work)
        work *= learning_rate
        theta -= work
