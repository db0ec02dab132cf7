"""What the initializers that keep a variance have in common."""

from math import sqrt

import numpy as np


def scaled(rng: np.random.Generator, shape: tuple, variance: float, distribution: str) -> np.ndarray:
    """Draws with mean 0 and the given variance: normal, or uniform in +-sqrt(3 variance)."""
    if distribution == "normal":
        return rng.standard_normal(shape) * sqrt(variance)
    limit = sqrt(3 * variance)
    return rng.uniform(-limit, limit, shape)
