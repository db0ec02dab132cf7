from typing import Annotated, Literal

from annotated_types import Gt

from dlcli.engine.initializer import Initializer, fans
from dlcli.initializers._scaled import scaled


class Lecun(Initializer):
    """Variance gain^2 / fan_in (LeCun et al. 1998): keeps the variance of a sum of inputs; for linear, tanh and
    selu-like units."""

    distribution: Literal["normal", "uniform"] = "normal"
    """Normal, or uniform in +-gain * sqrt(3 / fan_in)."""
    gain: Annotated[float, Gt(0)] = 1.0
    """Factor on every draw."""

    def sample(self, rng, shape):
        return scaled(rng, shape, self.gain ** 2 / fans(shape)[0], self.distribution)
