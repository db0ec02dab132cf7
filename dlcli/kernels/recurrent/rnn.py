"""The plain recurrent cell (Elman 1990)."""

import numpy as np

from dlcli.kernels.recurrent import products
from dlcli.kernels.recurrent.cell import Back, Cell
from dlcli.kernels.recurrent.ends import arrive


class RnnCell(Cell):
    """h' = f(x W + h U + b), f = tanh or relu."""

    gates = 1

    def __init__(self, inputs: int, units: int, steps: int, activation: str):
        super().__init__(inputs, units, steps)
        self.activation = activation

    def forward(self, a, x):
        products.by_gate(a["W"], a["w"])
        products.by_gate(a["b"], a["bias"])
        products.inputs(x, a["w"], a["bias"], a["z"])
        h, z, now = a["h"], a["z"][0], a["now"][0]
        for k in range(self.steps):
            np.matmul(h[k], a["U"], now)
            np.add(z[k], now, now)
            if self.activation == "tanh":
                np.tanh(now, h[k + 1])
            else:
                np.maximum(now, 0, out=h[k + 1])

    def _slope(self, a, k: int, out: np.ndarray) -> None:
        """f' at step k, from what the step gave."""
        h = a["h"][k + 1]
        if self.activation == "tanh":
            np.multiply(h, h, out)
            np.subtract(1, out, out)
        else:
            np.greater(h, 0, out=out, casting="unsafe")

    # dz = f' dh; then dz U^T goes one step further back.
    def backward(self, a, x, asked: Back):
        dz, back, work = a["dz"][0], a["back"], a["work"]
        products.transposed(a["U"], a["ut"])
        back.fill(0)
        for k in range(self.steps - 1, -1, -1):
            arrive(k, asked.last, asked.lengths, self.steps, (back,), asked.where)
            np.add(back, asked.dh[k], back)
            self._slope(a, k, work)
            np.multiply(back, work, dz[k])
            np.matmul(dz[k], a["ut"][0], back)
        products.weights(x, a["dz"], a["dW"][None])
        products.weights(a["h"][:-1], a["dz"], a["dU"][None])
        products.biases(a["dz"], a["db"][None])

    def fade(self, a, step, signal):
        slope = np.empty_like(signal[0])
        self._slope(a, step, slope)
        return [(signal[0] * slope) @ a["U"].T]
