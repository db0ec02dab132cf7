"""How the weights of several gates start that lie side by side."""

import numpy as np

from dlcli.engine import registry
from dlcli.engine.initializer import Initializer


class EachGate(Initializer):
    """Another initializer, for the part of each gate by itself, side by side. It is none that a config names."""

    init: object
    gates: int

    def sample(self, rng, shape):
        init, part = registry.create("initializers", self.init), (*shape[:-1], shape[-1] // self.gates)
        return np.concatenate([init.sample(rng, part) for _ in range(self.gates)], -1)
