"""From the shards' gradients to new parameters, block by block: sum, clip, measure, apply."""

from math import sqrt

import numpy as np

from dlcli.engine.memory import shared
from dlcli.engine.optimizer import Optimizer
from dlcli.engine.parameters import Parameters

BLOCK = 1 << 15
"""Elements per block: theta, gradient, two moments and scratch of a block stay in a core's cache."""


class Update:
    """The optimizer's side of a step, divided among workers.

    A worker does whole blocks, and the arithmetic of a block does not depend on who does it: so the bytes do not depend
    on how many take part. `squares` holds each block's sum of squares; in this order they add up to the gradient norm.
    """

    def __init__(self, parameters: Parameters, optimizer: Optimizer, gradients: list[np.ndarray], workers: int,
                 accumulate: bool, clip_value: float | None):
        self.optimizer, self.clip_value = optimizer, clip_value
        self.slots = {name: shared(parameters.trainable, parameters.theta.dtype) for name in optimizer.slots}
        total = shared(parameters.trainable, parameters.theta.dtype) if accumulate else None
        decays = optimizer.l1 or optimizer.l2 or optimizer.weight_decay
        self.blocks = []
        self._work = [np.empty(BLOCK, parameters.theta.dtype) for _ in range(workers)]
        edges = [(0, parameters.decayed, True), (parameters.decayed, parameters.trainable, False)] if decays \
            else [(0, parameters.trainable, False)]
        spans = [(s, min(s + BLOCK, stop), decay) for start, stop, decay in edges for s in range(start, stop, BLOCK)]
        for start, stop, decay in spans:
            own = slice(start, stop)
            self.blocks.append((parameters.theta[own], gradients[0][own], tuple(g[own] for g in gradients[1:]),
                                None if total is None else total[own],
                                tuple(s[own] for s in self.slots.values()), decay))
        self.arrays = [*self.slots.values(), *self._work] + ([] if total is None else [total])
        self.squares = memoryview(shared(len(spans), np.float64))

    def gather(self, worker: int, active: int, micro: int, shards: int, last: bool,
               learning_rate: float | None, step: int) -> None:
        """Add up the shards' gradients (and the earlier accumulation steps'); if `last`, measure them, and apply
        them unless learning_rate is None (then `apply` follows, once the norm is known)."""
        scalars = None if learning_rate is None else self.optimizer.scalars(step, learning_rate)
        work = self._work[worker]
        for i in self._own(worker, active):
            theta, g, others, total, slots, decay = self.blocks[i]
            for other in others[:shards - 1]:
                g += other
            if total is not None:
                if micro:
                    np.add(total, g, total)
                else:
                    np.copyto(total, g)
                g = total
            if last:
                if self.clip_value is not None:
                    np.clip(g, -self.clip_value, self.clip_value, out=g)
                self.squares[i] = squares(g)
                if scalars is not None:
                    self.optimizer.apply(theta, g, slots, work[:len(theta)], decay, learning_rate, scalars)

    def apply(self, worker: int, active: int, factor: float, learning_rate: float, step: int) -> None:
        """Change the parameters, with the gradient scaled by the factor of norm clipping."""
        scalars, work = self.optimizer.scalars(step, learning_rate), self._work[worker]
        for i in self._own(worker, active):
            theta, g, _, total, slots, decay = self.blocks[i]
            g = g if total is None else total
            if factor != 1.0:
                g *= factor
            self.optimizer.apply(theta, g, slots, work[:len(theta)], decay, learning_rate, scalars)

    def _own(self, worker: int, active: int) -> range:
        """The blocks of one of the workers that take part."""
        count = len(self.blocks)
        return range(count * worker // active, count * (worker + 1) // active)

    def norm(self) -> float:
        """Euclidean norm of the whole gradient of the last step."""
        return sqrt(sum(self.squares))


def squares(g: np.ndarray) -> float:
    """Sum of squares of a block; in float64 if float32 overflows, so that clipping still has a norm to work with."""
    result = float(np.dot(g, g))
    return result if result < 1e37 else float(np.dot(wide := g.astype(np.float64), wide))
