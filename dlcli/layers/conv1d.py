from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.component import Family
from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec
from dlcli.kernels.conv.choice import by_windows
from dlcli.kernels.conv.geometry import divided
from dlcli.kernels.conv.scatter import NARROW
from dlcli.kernels.window_lengths import alike, measure
from dlcli.kernels.windows import ALONE, Count, Padding1d, axis, sequence

LONG = 1 << 20
"""Elements of the matrix of all windows above which a sequence lies down a picture instead of across: only lines are
cut into chunks that stay in the cache. With few channels the long rows of a sequence that lies across are worth
more."""


class Conv1d(Layer):
    """Convolution along a sequence (steps, channels): every output is a weighted sum over a window of steps (Waibel et
    al. 1989).

    y[t, f] = b[f] + sum over u, c of W[u, c, f] * x[t * stride + u * dilation - padding, c], with zeros beyond the
    ends. Steps out: (steps + 2 padding - dilation (kernel - 1) - 1) // stride + 1. Parameters: W (kernel, channels /
    groups, filters) as in Keras (PyTorch's `weight` is its transpose (2, 1, 0)), and b (filters,). If rows differ in
    length, what lies beyond a row's end is read as zero and written as zero; the formula gives its steps out from its
    own length (with `same`: ceil(steps / stride)), at least one.
    """

    filters: Annotated[int, Gt(0)]
    """Channels of the output."""
    kernel: Count
    """Steps of the window."""
    stride: Count = 1
    """Distance between windows. 2 halves the number of steps."""
    padding: Padding1d = "valid"
    """Zeros at both ends: a number, `valid` (none), or `same`: as many as keep the number of steps (with a stride:
    ceil(steps / stride)); if their number is odd, the last one lies at the end. Rows of different length refuse
    `same` with a stride that would shift their windows."""
    dilation: Count = 1
    """Distance between the steps that a window reads. Above 1 the window sees further with as many weights."""
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
        sequence(x)
        channels = divided(x[-1], self.groups, self.filters)
        self.axis = axis("length", x[0], self.kernel, self.stride, self.dilation, self.padding)
        alike(x, self.axis, self.padding)
        self.param("W", (self.kernel, channels // self.groups, self.filters), self.init, decay=True)
        if self.bias:
            self.param("b", (self.filters,), self.bias_init)
        long = self.groups == 1 and channels >= NARROW and self.axis.out * self.kernel * channels > LONG
        axes = (self.axis, ALONE) if long else (ALONE, self.axis)
        # puts in the axis of one place
        self.lay = (slice(None), slice(None), None) if long else (slice(None), None)
        self.convolution = by_windows(*axes, channels, self.filters, self.groups)
        self.temp("work", (self.convolution.work,), rows=False)
        if x.lengths:
            self.keep("real", x)                # x with zeros beyond the ends
            self.temp("beyond", (max(x[0], self.axis.out),), "bool")
            self.steps = np.arange(max(x[0], self.axis.out))
        self.same_steps = self.padding == "same" and self.stride == 1
        return Spec((self.axis.out, self.filters), lengths=bool(x.lengths) and (self.same_steps or "own"))

    def forward(self, x, y, train):
        if self.lengths is not None:
            np.copyto(self.real, x)
            self._clear(self.real, self.lengths)
            x = self.real
        self.convolution.forward(
            x[self.lay], self.W[self.lay[1:]], self.b if self.bias else None, y[self.lay], self.work
        )
        if self.lengths is not None:
            if not self.same_steps:
                measure(self)
            self._clear(y, self._out_lengths())

    def backward(self, x, y, dy, dx):
        if self.lengths is not None:
            x = self.real
            self._clear(dy, self._out_lengths())
        lay, db = self.lay, self.db if self.bias else None
        self.convolution.backward(x[lay], dy[lay], self.W[lay[1:]], self.dW[lay[1:]], db,
                                  None if dx is None else dx[lay], self.work)
        if dx is not None and self.lengths is not None:
            self._clear(dx, self.lengths)

    def _out_lengths(self):
        return self.lengths if self.same_steps else self.y_lengths

    def _clear(self, values, lengths):
        beyond = self.beyond[:, :values.shape[1]]
        np.greater_equal(self.steps[:values.shape[1]], lengths[:, None], beyond)
        np.copyto(values, 0, where=beyond[..., None])

    def flops(self, y, *xs):
        return prod(y) * (2 * prod(self.convolution.shape[:3]) + self.bias)
