from typing import Annotated, Literal

from annotated_types import Gt

from dlcli.engine.initializer import Initializer, fans
from dlcli.initializers._scaled import scaled


class He(Initializer):
    """Variance gain^2 * 2 / fan, also called Kaiming (He et al. 2015): for relu and its relatives."""

    distribution: Literal["normal", "uniform"] = "normal"
    """Normal, or uniform in +-gain * sqrt(6 / fan)."""
    fan: Literal["in", "out"] = "in"
    """Keep the variance of the activations (in) or of the gradients (out)."""
    gain: Annotated[float, Gt(0)] = 1.0
    """Factor on every draw; the 2 of the formula is ReLU's own and stays."""

    def sample(self, rng, shape):
        fan_in, fan_out = fans(shape)
        return scaled(rng, shape, 2 * self.gain ** 2 / (fan_in if self.fan == "in" else fan_out), self.distribution)
