import numpy as np

from dlcli.engine.initializer import Initializer


class Constant(Initializer):
    """All one number: for biases, such as 1 for a forget gate."""

    value: float
    """The number."""

    def sample(self, rng, shape):
        return np.full(shape, self.value, np.float64)
