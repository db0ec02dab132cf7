"""A parameter vector that is updated as the engine does it: block by block, with scratch that holds nonsense."""

import numpy as np


class Rig:
    def __init__(self, optimizer, theta, block=None):
        self.optimizer, self.theta, self.block, self.step = optimizer, theta, block or len(theta), 0
        self.slots = {name: np.zeros_like(theta) for name in optimizer.slots}

    def update(self, grad, decay=True, rate=None, order=1):
        """One step; `order` -1 goes through the blocks from the end."""
        self.step += 1
        rate = rate or self.optimizer.learning_rate
        scalars = self.optimizer.scalars(self.step, rate)
        for start in range(0, len(self.theta), self.block)[::order]:
            own = slice(start, start + self.block)
            work = np.full_like(self.theta[own], np.nan)
            slots = tuple(slot[own] for slot in self.slots.values())
            self.optimizer.apply(self.theta[own], grad[own].copy(), slots, work, decay, rate, scalars)
        return self.theta


def gradients(size, steps, dtype=np.float64, seed=5):
    rng = np.random.default_rng(seed)
    return [(0.5 + rng.standard_normal(size)).astype(dtype) for _ in range(steps)]
