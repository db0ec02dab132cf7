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

    def forward(self, a, x, ends):
        products.by_gate(a["W"], a["w"])
        products.by_gate(a["b"], a["bias"])
        products.inputs(x, a["w"], a["bias"], a["z"])
        h, z = a["h"], a["z"][0]
        for k, n in enumerate(ends.counts):
            now, new = a["now"][0, :n], h[k + 1, :n]
            np.matmul(h[k, :n], a["U"], now)
            np.add(z[k, :n], now, now)
            if self.activation == "tanh":
                np.tanh(now, new)
            else:
                np.maximum(now, 0, out=new)

    def _slope(self, a, k: int, out: np.ndarray) -> None:
        """f' at step k of the first rows, from what the step gave."""
        h = a["h"][k + 1, :len(out)]
        if self.activation == "tanh":
            np.multiply(h, h, out)
            np.subtract(1, out, out)
        else:
            np.greater(h, 0, out=out, casting="unsafe")

    # dz = f' dh; then dz U^T goes one step further back.
    def backward(self, a, x, asked: Back, ends):
        dz = self.real(a, ends)
        products.transposed(a["U"], a["ut"])
        a["back"].fill(0)
        for k in range(self.steps - 1, -1, -1):
            n, here = ends.counts[k], dz[0, ends.starts[k]:ends.starts[k + 1]]
            back, work = a["back"][:n], a["work"][:n]
            arrive(k, asked.last, ends, (a["back"],))
            np.add(back, asked.dh[k, :n], back)
            self._slope(a, k, work)
            np.multiply(back, work, here)
            np.matmul(here, a["ut"][0], back)
        products.weights(ends.pack(x, a["packed"]), dz, a["dW"][None])
        products.weights(ends.pack(a["h"][:-1], a["packed"]), dz, a["dU"][None])
        products.biases(dz, a["db"][None])

    def fade(self, a, step, signal):
        slope = np.empty_like(signal[0])
        self._slope(a, step, slope)
        return [(signal[0] * slope) @ a["U"].T]
