"""The contract of optimizers: elementwise updates of a block of the flat parameter vector."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt

from dlcli.engine.component import Component


class Optimizer(Component):
    """How gradients change parameters.

    The engine calls `scalars(step, learning_rate)` once a step and `update` for each block of the flat vectors, in any
    order and in any process; so `update` is elementwise, works in place, and allocates nothing.
    """

    family: ClassVar[str] = "optimizers"
    slots: ClassVar[tuple[str, ...]] = ()
    """Names of the state vectors (like theta in size, zero at the start)."""

    learning_rate: Annotated[float, Gt(0)]
    """Step size at schedule factor 1."""
    l1: Annotated[float, Ge(0)] = 0.0
    """Adds l1 * sign(w) to the gradient of each decayed weight: the penalty l1 * |w|."""
    l2: Annotated[float, Ge(0)] = 0.0
    """Adds l2 * w to the gradient of each decayed weight: the penalty l2 / 2 * w^2 (PyTorch's `weight_decay` of SGD and
    Adam)."""
    weight_decay: Annotated[float, Ge(0)] = 0.0
    """Decoupled decay (Loshchilov and Hutter 2019): each step first shrinks decayed weights by learning_rate *
    weight_decay."""

    def scalars(self, step: int, learning_rate: float) -> tuple:
        """Numbers that one step needs beside the arrays; step counts from 1."""
        return (learning_rate,)

    def update(self, theta, grad, slots: tuple, work: np.ndarray, *scalars) -> None:
        """Change theta and the slots in place. grad may be spoiled; work is scratch of the same size."""
        raise NotImplementedError

    def apply(self, theta, grad, slots, work, decay: bool, learning_rate: float, scalars: tuple) -> None:
        """One block: penalties and decay if `decay`, then the rule itself."""
        if decay:
            if self.l1:
                np.sign(theta, out=work)
                work *= self.l1
                grad += work
            if self.l2:
                np.multiply(theta, self.l2, out=work)
                grad += work
            if self.weight_decay:
                theta *= 1 - learning_rate * self.weight_decay
        self.update(theta, grad, slots, work, *scalars)
