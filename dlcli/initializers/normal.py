from typing import Annotated

from annotated_types import Ge

from dlcli.engine.initializer import Initializer


class Normal(Initializer):
    """Normally distributed, whatever the shape; GPT-2 and BERT take std 0.02."""

    mean: float = 0.0
    """Mean."""
    std: Annotated[float, Ge(0)] = 0.05
    """Standard deviation."""

    def sample(self, rng, shape):
        return rng.normal(self.mean, self.std, shape)
