from math import isclose

import numpy as np

from dlcli.engine.initializer import Initializer
from dlcli.kernels.recurrent.lstm import LstmCell
from dlcli.layers._recurrent import Recurrent


class Lstm(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i, f, o = sigmoid(x[t] W + h[t-1] U + b) and g = tanh of the same, each with weights of its own; c[t] = f c[t-1] +
    i g, h[t] = o tanh(c[t]). x: (steps, channels); y: (steps, units), or (units,) with `returns: last`; twice as wide
    with `direction: both`. A second input is the state that it begins with, else zeros. The named output `state` (2,
    units), h and c behind each row's last real step; (2, cells, units) if there are several. Padded steps change
    nothing, and give 0. Parameters: W (channels, 4 units), U (units, 4 units), b (4 units,), the gates in the order i,
    f, g, o, as in PyTorch, whose two biases are one here.
    """

    forget_bias: float = 1.0
    """What the forget gate's part of b starts with: above 0, the cell begins by keeping what it has (Jozefowicz et al.
    2015)."""

    def _cell(self, inputs, steps):
        return LstmCell(inputs, self.units, steps)

    def _bias(self):
        return "zeros" if isclose(self.forget_bias, 0) else ForgetBias(value=self.forget_bias)


class ForgetBias(Initializer):
    """Zeros, but for the second of four parts. It is none that a config names."""

    value: float

    def sample(self, rng, shape):
        found = np.zeros((4, shape[0] // 4))
        found[1] = self.value
        return found.reshape(shape)
