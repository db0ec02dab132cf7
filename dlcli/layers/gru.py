from typing import Literal

from dlcli.kernels.recurrent.gru import GruCell
from dlcli.layers._recurrent import Recurrent


class Gru(Recurrent):
    """The gated recurrent unit (Cho et al. 2014): two gates, and no state beside h.

    r, z = sigmoid(x[t] W + h[t-1] U + b), each with weights of its own; h[t] = (1 - z) n + z h[t-1], with n = tanh(x[t]
    W + b + r (h[t-1] U + bu)). x: (steps, channels); y: (steps, units), or (units,) with `returns: last`; twice as wide
    with `direction: both`. A second input is the state that it begins with, else zeros. The named output `state`
    (units,), h behind each row's last real step; (cells, units) if there are several. Padded steps change nothing, and
    give 0. Parameters: W (channels, 3 units), U (units, 3 units), b (3 units,), the gates in the order r, z, n, as in
    PyTorch; bu (units,).
    """

    reset: Literal["after", "before"] = "after"
    """Whether r works `after` the recurrent product, as in PyTorch, cuDNN and Keras today, or `before` it, n =
    tanh(x[t] W + b + (r h[t-1]) U), as Cho et al. wrote it (Keras' `reset_after: false`), without bu."""

    def _cell(self, inputs, steps):
        return GruCell(inputs, self.units, steps, self.reset == "after")
