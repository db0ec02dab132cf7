"""Adam with decoupled weight decay."""

from typing import Annotated

from annotated_types import Ge, Gt, Lt

from dlcli.engine.optimizer import Optimizer
from dlcli.optimizers import _moments


class Adamw(Optimizer):
    """Adam whose decay acts on the weights and not through the gradient (Loshchilov and Hutter 2019), as in PyTorch's
    AdamW.

    Each step first shrinks decayed weights, w *= 1 - learning_rate * weight_decay, then does what adam does.
    """

    slots = _moments.SLOTS

    learning_rate: Annotated[float, Gt(0)] = 0.001
    """Step size at schedule factor 1: about the largest change of a weight in one step."""
    weight_decay: Annotated[float, Ge(0)] = 0.01
    """Decoupled decay: each step first shrinks decayed weights by learning_rate * weight_decay."""
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
