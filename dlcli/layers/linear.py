from math import prod
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from dlcli.engine import expect
from dlcli.engine.component import Family
from dlcli.engine.layer import Layer


class Linear(Layer):
    """Affine map over the last axis, y = x W + b; also called dense or fully connected.

    x: (..., in). y: (..., units). Parameters: W (in, units), the transpose of PyTorch's `weight`, and b (units,).
    """

    apart = True

    units: Annotated[int, Gt(0)] | Literal["auto"] = "auto"
    """Width of the output. `auto`, for the last `linear` of a network: what the loss needs for the target, such as one
    for each class."""
    bias: bool = True
    """Whether b is added; leave it out right before a normalisation, which has a shift of its own."""
    init: Annotated[object, Family("initializers")] = "glorot"
    """How W starts."""
    bias_init: Annotated[object, Family("initializers")] = "zeros"
    """How b starts."""

    def build(self, x):
        if self.units == "auto":
            raise ValueError("needs `units`: only those of the last `linear` follow from the target")
        self.param("W", (expect.channels(x), self.units), self.init, decay=True)
        if self.bias:
            self.param("b", (self.units,), self.bias_init)
            self.temp("ones", x[:-1])
        return (*x[:-1], self.units)

    def forward(self, x, y, train):
        if x.ndim > 2:
            x, y = x.reshape(-1, x.shape[-1]), y.reshape(-1, self.units)
        x.dot(self.W, y)            # the method costs 0.6 us less than matmul
        if self.bias:
            np.add(y, self.b, y)

    # y = x W + b, so dW = x^T dy, db = sum of dy over rows, dx = dy W^T
    def backward(self, x, y, dy, dx):
        if x.ndim > 2:
            x, dy = x.reshape(-1, x.shape[-1]), dy.reshape(-1, self.units)
            dx = None if dx is None else dx.reshape(x.shape)
        x.T.dot(dy, self.dW)
        if self.bias:
            ones = self.ones
            ones.fill(1)            # a product with ones is the cheapest sum over rows
            (ones if ones.ndim == 1 else ones.reshape(-1)).dot(dy, self.db)
        if dx is not None:
            dy.dot(self.W.T, dx)

    def flops(self, y, *xs):
        return prod(y) * (2 * xs[0][-1] + self.bias)
