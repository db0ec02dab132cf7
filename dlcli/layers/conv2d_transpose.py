from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.component import Family
from dlcli.engine.layer import Layer
from dlcli.kernels.conv.choice import by_windows
from dlcli.kernels.conv.geometry import divided, transposed
from dlcli.kernels.conv.sums import add_rows
from dlcli.kernels.windows import Amounts, Padding2d, Pair, pair, picture


class Conv2dTranspose(Layer):
    """Makes a picture (height, width, channels) larger: every input places a weighted copy of the kernel on the output,
    and copies add up.

    It is what conv2d does to gradients, used forwards (Zeiler et al. 2010; also called deconvolution, wrongly):
    y[i * stride + u * dilation - padding, j * stride + v * dilation - padding, f] adds up W[u, v, f, c] * x[i, j, c],
    plus b[f]. Height out: (height - 1) stride - 2 padding + dilation (kernel - 1) + 1 + output_padding, and so the
    width. Parameters: W (kernel, kernel, filters / groups, channels) as in Keras (PyTorch's `weight` is its transpose
    (3, 2, 0, 1)), b (filters,).
    """

    filters: Annotated[int, Gt(0)]
    """Channels of the output."""
    kernel: Pair
    """Height and width of the kernel: a number or [height, width]. A multiple of the stride avoids checkerboards."""
    stride: Pair = 1
    """Distance between the copies: a number or [down, across]. 2 doubles height and width."""
    padding: Padding2d = "valid"
    """Places cut off on each side: a number, [rows, columns], `valid` (none), or `same`: the output is stride times as
    large."""
    output_padding: Amounts = 0
    """Places added at the bottom and at the right, a number or [rows, columns]: which of the sizes that a stride makes
    equal."""
    dilation: Pair = 1
    """Distance between the places of a copy: a number or [down, across]."""
    groups: Annotated[int, Gt(0)] = 1
    """Cuts channels and filters into this many groups that do not see each other."""
    bias: bool = True
    """Whether b is added; leave it out right before a normalisation, which has a shift of its own."""
    init: Annotated[object, Family("initializers")] = "glorot"
    """How W starts."""
    bias_init: Annotated[object, Family("initializers")] = "zeros"
    """How b starts."""

    def build(self, x):
        picture(x)
        channels = divided(x[-1], self.groups, self.filters)
        options = map(pair, (self.kernel, self.stride, self.dilation, self.padding, self.output_padding))
        h, w = (transposed(*each) for each in zip(("height", "width"), x, *options))
        self.param("W", (h.kernel, w.kernel, self.filters // self.groups, channels), self.init, decay=True)
        if self.bias:
            self.param("b", (self.filters,), self.bias_init)
        # the one that this layer turns around
        self.convolution = by_windows(h, w, self.filters, channels, self.groups)
        self.temp("work", (self.convolution.work,), rows=False)
        return h.length, w.length, self.filters

    def forward(self, x, y, train):
        self.convolution.adjoint(x, self.W, y, self.work)
        if self.bias:
            np.add(y, self.b, y)

    # y = C^T x for the convolution C, so dx = C dy, and dW is that of C with x and dy in each other's place
    def backward(self, x, y, dy, dx):
        self.convolution.gradients(dy, x, self.dW, None, self.work)
        if self.bias:
            add_rows(dy.reshape(-1, self.filters), self.db, self.work)
        if dx is not None:
            self.convolution.forward(dy, self.W, None, dx, self.work)

    def flops(self, y, *xs):
        return 2 * prod(xs[0]) * prod(self.convolution.shape[:3]) + self.bias * prod(y)
