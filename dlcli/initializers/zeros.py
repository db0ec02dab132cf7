import numpy as np

from dlcli.engine.initializer import Initializer


class Zeros(Initializer):
    """All 0: for biases. Weights of hidden layers must not start like this, since their units would stay equal for
    ever."""

    def sample(self, rng, shape):
        return np.zeros(shape)
