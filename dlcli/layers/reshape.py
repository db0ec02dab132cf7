from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Ge, MinLen

from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec


class Reshape(Layer):
    """The same elements in another shape, in the same order (the last axis runs fastest).

    Padded rows stay padded rows if the first axis keeps its length, else the padding becomes ordinary values.
    """

    shape: Annotated[list[Annotated[int, Ge(-1)]], MinLen(1)]
    """Shape of one sample, without the batch axis; one entry may be -1: whatever is left."""

    def build(self, x):
        known = prod(n for n in self.shape if n != -1)
        open_axes = self.shape.count(-1)
        fits = known > 0 and open_axes <= 1 and (prod(x) % known == 0 if open_axes else prod(x) == known)
        if not fits:
            raise ValueError(f"cannot give {prod(x)} elements the shape {tuple(self.shape)}")
        shape = [prod(x) // known if n == -1 else n for n in self.shape]
        return Spec(shape, x.dtype, x.size, lengths=bool(x.lengths) and shape[0] == x[0])

    def forward(self, x, y, train):
        np.copyto(y, x.reshape(y.shape))

    def backward(self, x, y, dy, dx):
        np.copyto(dx, dy.reshape(x.shape))

    def flops(self, y, *xs):
        return 0
