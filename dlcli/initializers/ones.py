import numpy as np

from dlcli.engine.initializer import Initializer


class Ones(Initializer):
    """All 1: for the gains of normalisation layers."""

    def sample(self, rng, shape):
        return np.ones(shape)
