from typing import Annotated, Literal

from annotated_types import Gt

from dlcli.engine.initializer import Initializer, fans
from dlcli.initializers._scaled import scaled


class Glorot(Initializer):
    """Variance gain^2 * 2 / (fan_in + fan_out), also called Xavier (Glorot and Bengio 2010): for tanh, sigmoid and
    linear outputs."""

    distribution: Literal["normal", "uniform"] = "uniform"
    """Normal, or uniform in +-gain * sqrt(6 / (fan_in + fan_out))."""
    gain: Annotated[float, Gt(0)] = 1.0
    """Factor on every draw."""

    def sample(self, rng, shape):
        return scaled(rng, shape, 2 * self.gain ** 2 / sum(fans(shape)), self.distribution)
