from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.component import Family
from dlcli.engine.layer import Layer


class Embedding(Layer):
    """A learned vector for each id: y[...] = W[x[...]].

    x: ids (...) in [0, size). y: (..., units). Parameter: W (size, units), PyTorch's `weight`.
    """

    apart = True
    usual_scale = (0.02, 1.0)

    units: Annotated[int, Gt(0)]
    """Length of each vector."""
    init: Annotated[object, Family("initializers")] = "normal"
    """How W starts."""

    def build(self, x):
        if x.dtype != "int" or not x.size:
            raise ValueError(
                "needs ids (of words, of categories) out of a known number, but the input holds numbers; `linear` "
                "reads those"
            )
        self.param("W", (x.size, self.units), self.init, decay=True)
        self.temp("places", (*x, self.units), "int")
        return (*x, self.units)

    def forward(self, x, y, train):
        self.W.take(x, 0, y, "clip")        # any other mode copies through a buffer; the data has checked its ids

    # dW[i] = sum of dy over all places that hold i
    def backward(self, x, y, dy, dx):
        # Flat places instead of rows: `add.at` is five times faster on them. It adds in order, so the bytes are always
        # the same.
        np.multiply(x[..., None], self.units, self.places)
        np.add(self.places, np.arange(self.units), self.places)
        self.dW.fill(0)
        np.add.at(self.dW.reshape(-1), self.places.reshape(-1), dy.reshape(-1))

    def flops(self, y, *xs):
        return 0
