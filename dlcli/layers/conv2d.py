from math import prod
from typing import Annotated

from annotated_types import Gt

from dlcli.engine.component import Family
from dlcli.engine.layer import Layer
from dlcli.kernels.conv import fused
from dlcli.kernels.conv.choice import fastest
from dlcli.kernels.conv.geometry import divided
from dlcli.kernels.windows import Padding2d, Pair, axis, pair, picture


class Conv2d(Layer):
    """Convolution of a picture (height, width, channels): every output is a weighted sum over a window of it (LeCun et
    al. 1989).

    y[i, j, f] = b[f] + sum over u, v, c of W[u, v, c, f] * x[i * stride + u * dilation - padding, j * stride + v *
    dilation - padding, c], with zeros beyond the edges. The kernel is not turned around, as in all frameworks. Height
    out: (height + 2 padding - dilation (kernel - 1) - 1) // stride + 1, and so the width. Parameters: W (kernel,
    kernel, channels / groups, filters) as in Keras (PyTorch's `weight` is its transpose (3, 2, 0, 1)), and b
    (filters,).
    """

    filters: Annotated[int, Gt(0)]
    """Channels of the output."""
    kernel: Pair
    """Height and width of the window: a number or [height, width]."""
    stride: Pair = 1
    """Distance between windows: a number or [down, across]. 2 halves height and width."""
    padding: Padding2d = "valid"
    """Zeros on each side: a number, [rows, columns], `valid` (none), or `same`: as many as keep the size (with a
    stride: ceil(size / stride)); if their number is odd, the last one lies at the right or the bottom."""
    dilation: Pair = 1
    """Distance between the places that a window reads: a number or [down, across]. Above 1 the window sees further with
    as many weights."""
    groups: Annotated[int, Gt(0)] = 1
    """Cuts channels and filters into this many groups that do not see each other; as many as channels make it
    depthwise."""
    bias: bool = True
    """Whether b is added; leave it out right before a normalisation, which has a shift of its own."""
    init: Annotated[object, Family("initializers")] = "glorot"
    """How W starts."""
    bias_init: Annotated[object, Family("initializers")] = "zeros"
    """How b starts."""

    def build(self, x):
        picture(x)
        channels = divided(x[-1], self.groups, self.filters)
        h, w = (
            axis(*each)
            for each in zip(("height", "width"), x, *map(pair, (self.kernel, self.stride, self.dilation, self.padding)))
        )
        self.param("W", (h.kernel, w.kernel, channels // self.groups, self.filters), self.init, decay=True)
        if self.bias:
            self.param("b", (self.filters,), self.bias_init)
        self.convolution = fastest(h, w, channels, self.filters, self.groups)
        self.temp("work", (self.convolution.work,), rows=False)
        self.rectified = False          # whether the relu behind it is computed with it
        return h.out, w.out, self.filters

    def forward(self, x, y, train):
        self.convolution.forward(x, self.W, self.b if self.bias else None, y, self.work, self._won())
        if self.rectified:
            fused.rectify(y, self.zeros)

    def backward(self, x, y, dy, dx):
        if self.rectified:
            fused.gate(y, dy, self.zeros)
        self.convolution.backward(x, dy, self.W, self.dW, self.db if self.bias else None, dx, self.work, self._won())

    def _won(self):
        """What a pooling that is computed with it remembers."""
        return self.won if self.convolution.kept else None

    def flops(self, y, *xs):
        return prod(y) * (2 * prod(self.convolution.shape[:3]) + self.bias)
