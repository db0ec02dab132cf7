from typing import Literal

import numpy as np

from dlcli.kernels.recurrent.rnn import RnnCell
from dlcli.layers._recurrent import Recurrent


class Rnn(Recurrent):
    """A plain recurrent layer (Elman 1990): h[t] = f(x[t] W + h[t-1] U + b).

    x: (steps, channels); y: (steps, units), or (units,) with `returns: last`; twice as wide with `direction: both`. A
    second input is the state that it begins with, else zeros. The named output `state` (units,), h behind each row's
    last real step; (cells, units) if there are several. Padded steps change nothing, and give 0. Parameters: W
    (channels, units), U (units, units), b (units,). An error signal is multiplied by U and by the slope of f at each
    step back, so that it fades or grows with their power: `lstm` and `gru` are the cure.
    """

    memory = "plain"

    nonlinearity: Literal["tanh", "relu"] = "tanh"
    """f. With `relu` the state can grow without bound."""

    def _cell(self, inputs, steps):
        return RnnCell(inputs, self.units, steps, self.nonlinearity)

    def piece(self, x, y):
        if self.nonlinearity == "tanh":
            return None
        return np.concatenate([a["h"][1:] > 0 for cells in self._bound for *_, a in cells], -1)
