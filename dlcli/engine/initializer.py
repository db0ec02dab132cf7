"""The contract of initializers."""

from math import prod
from typing import ClassVar

import numpy as np

from dlcli.engine.component import Component


class Initializer(Component):
    """How a parameter starts. `sample` returns a new float64 array of the given shape."""

    family: ClassVar[str] = "initializers"

    def sample(self, rng: np.random.Generator, shape: tuple) -> np.ndarray:
        raise NotImplementedError


def fans(shape: tuple) -> tuple[int, int]:
    """Inputs and outputs that meet in one weight: (fan_in, fan_out).

    The last two axes are inputs and outputs, any axes before them a receptive field, as in a channels-last kernel
    (height, width, in, out). A vector counts its length as both.
    """
    if len(shape) < 2:
        return (prod(shape),) * 2
    field = prod(shape[:-2])
    return field * shape[-2], field * shape[-1]
