"""Adam."""

from typing import Annotated

from annotated_types import Ge, Gt, Lt

from dlcli.engine.optimizer import Optimizer
from dlcli.optimizers import _moments


class Adam(Optimizer):
    """Steps by the running mean of the gradient over its running root mean square (Kingma and Ba 2015), as in PyTorch's
    Adam.

    m = beta1 * m + (1 - beta1) * g, v = beta2 * v + (1 - beta2) * g^2, and at step t
    w -= learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
    """

    slots = _moments.SLOTS

    learning_rate: Annotated[float, Gt(0)] = 0.001
    """Step size at schedule factor 1: about the largest change of a weight in one step."""
    beta1: Annotated[float, Ge(0), Lt(1)] = 0.9
    """Share of the mean that is kept each step."""
    beta2: Annotated[float, Ge(0), Lt(1)] = 0.999
    """Share of the mean square that is kept each step."""
    epsilon: Annotated[float, Gt(0)] = 1e-8
    """Added to the root, so that no step divides by 0."""

    def scalars(self, step, learning_rate):
        return _moments.scalars(step, learning_rate, self.beta1, self.beta2, self.epsilon)

    def update(self, theta, grad, slots, work, rate, epsilon):
        _moments.update(theta, grad, slots, work, rate, epsilon, self.beta1, self.beta2)
