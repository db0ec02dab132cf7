from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from dlcli.engine.component import Family
from dlcli.engine.layer import Layer

ELEMENTS = 1 << 14
"""Of the gradient, added at a time: their places stay in the cache, and take no memory that grows with the batch."""


class Embedding(Layer):
    """A learned vector for each id: y[...] = W[x[...]].

    x: ids (...) in [0, size). y: (..., units). Parameter: W (size, units), PyTorch's `weight`.
    """

    apart = True
    usual_scale = (0.02, 1.0)

    units: Annotated[int, Gt(0)]
    """Length of each vector."""
    init: Annotated[object, Family("initializers")] = "normal"
    """How W starts. The default is small, 0.05, which suits few rows (sentences with a class); gates that read a long
    text learn faster with numbers of size 1, `{normal: {std: 1.0}}`."""
    padding: Annotated[int, Ge(0)] | None = None
    """An id whose vector is zero and is not learned, such as one that stands for nothing (PyTorch's `padding_idx`): its
    row of W is not read. What lies behind the end of a padded row needs none: it counts for nothing anyway."""

    def build(self, x):
        if x.dtype != "int" or not x.size:
            raise ValueError(
                "needs ids (of words, of categories) out of a known number, but the input holds numbers; `linear` "
                "reads those"
            )
        if self.padding is not None and self.padding >= x.size:
            raise ValueError(f"padding is the id {self.padding}, and the ids go from 0 to {x.size - 1}")
        self.param("W", (x.size, self.units), self.init, decay=True)
        if self.padding is not None:
            self.temp("nothing", x, "bool")
        self.temp("places", (max(1, ELEMENTS // self.units), self.units), "int", rows=False)
        return (*x, self.units)

    def forward(self, x, y, train):
        self.W.take(x, 0, y, "clip")        # any other mode copies through a buffer; the data has checked its ids
        if self.padding is not None:
            np.equal(x, self.padding, out=self.nothing)
            np.copyto(y, 0, where=self.nothing[..., None])

    # dW[i] = sum of dy over all places that hold i
    def backward(self, x, y, dy, dx):
        # Flat places instead of rows: `add.at` is five times faster on them. It adds in order, so the bytes are always
        # the same.
        ids, flat, units, some = x.reshape(-1), dy.reshape(-1), self.units, len(self.places)
        column, dw = np.arange(units), self.dW.reshape(-1)
        dw.fill(0)
        for start in range(0, ids.size, some):
            here = ids[start:start + some]
            places = self.places[:len(here)]
            np.multiply(here[:, None], units, places)
            np.add(places, column, places)
            np.add.at(dw, places.reshape(-1), flat[start * units:(start + len(here)) * units])
        if self.padding is not None:
            self.dW[self.padding] = 0

    def flops(self, y, *xs):
        return 0
