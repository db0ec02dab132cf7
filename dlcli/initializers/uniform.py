from dlcli.engine.initializer import Initializer


class Uniform(Initializer):
    """Equally likely anywhere in [low, high), whatever the shape."""

    low: float = -0.05
    """Lower end."""
    high: float = 0.05
    """Upper end."""

    def __post_init__(self):
        if self.high <= self.low:
            raise ValueError(f"high must be above low, got low {self.low} and high {self.high}")

    def sample(self, rng, shape):
        return rng.uniform(self.low, self.high, shape)
