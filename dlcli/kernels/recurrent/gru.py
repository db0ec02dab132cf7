"""The gated recurrent unit (Cho et al. 2014), with the reset gate before or after the recurrent product."""

import numpy as np

from dlcli.kernels.recurrent import products
from dlcli.kernels.recurrent.cell import Back, Cell, Need
from dlcli.kernels.recurrent.ends import arrive


class GruCell(Cell):
    """r, z = sigmoid(x W + h U + b), h' = (1 - z) n + z h, with

    n = tanh(x W + b + r (h U + bu)) if the reset comes after (PyTorch, cuDNN, Keras' `reset_after`), and
    n = tanh(x W + b + (r h) U) if it comes before (Cho et al. 2014). Gates lie in the order r, z, n. hn (steps, rows,
    units) keeps what r is multiplied by, respectively r h.
    """

    gates = 3

    def __init__(self, inputs: int, units: int, steps: int, after: bool):
        super().__init__(inputs, units, steps)
        self.after = after

    @property
    def learned(self):
        return super().learned | ({"bu": (self.units,)} if self.after else {})

    @property
    def kept(self):
        return super().kept | {"hn": Need((self.steps, self.units), 1)}

    @property
    def scratch(self):
        return super().scratch | {"three": Need((3, self.units), 1), "dhn": Need((self.steps, self.units), 1)}

    def forward(self, a, x, ends):
        for name, part in (("W", a["w"]), ("U", a["u"]), ("b", a["bias"])):
            products.by_gate(a[name], part)
        u = a["u"]
        products.inputs(x, a["w"], a["bias"], a["z"])
        for k, n in enumerate(ends.counts):
            gates, now, hn, work = a["z"][:, k, :n], a["now"][:, :n], a["hn"][k, :n], a["work"][:n]
            two, cand, h = gates[:2], gates[2], a["h"][k, :n]
            if self.after:
                np.matmul(h, u, now)
                np.add(now[2], a["bu"], hn)
            else:
                np.matmul(h, u[:2], now[:2])
            np.add(two, now[:2], two)
            products.sigmoid(two)
            if self.after:
                np.multiply(gates[0], hn, work)
            else:
                np.multiply(gates[0], h, hn)
                np.matmul(hn, u[2], work)
            np.add(cand, work, cand)
            np.tanh(cand, cand)
            np.subtract(h, cand, work)
            np.multiply(work, gates[1], work)
            np.add(cand, work, a["h"][k + 1, :n])

    # dn = dh (1 - z)(1 - n^2) and dz = dh (h - n) z(1-z). After: d(hn) = r dn, dr = dn hn r(1-r), and [dr, dz, d(hn)]
    # U^T + z dh goes further back. Before: d(r h) = dn U^T, dr = d(r h) h r(1-r), and [dr, dz] U^T + z dh + r d(r h).
    def backward(self, a, x, asked: Back, ends):
        dz, dhn = self.real(a, ends), a["dhn"].reshape(-1, self.units)[:ends.real]
        products.transposed(a["U"], a["ut"])
        a["back"].fill(0)
        for k in range(self.steps - 1, -1, -1):
            n, here = ends.counts[k], slice(ends.starts[k], ends.starts[k + 1])
            back, dh, work = (a[name][:n] for name in ("back", "dh", "work"))
            arrive(k, asked.last, ends, (a["back"],))
            np.add(back, asked.dh[k, :n], dh)
            self._step_back(a, k, dh, dz[:, here], dhn[here], back, work, a["three"][:, :n])
        self._gradients(a, x, dz, dhn, ends)

    def _step_back(self, a, k, dh, d, dhn, back, work, three) -> None:
        rows = slice(len(dh))
        (r, z, n), h, hn, ut = a["z"][:, k, rows], a["h"][k, rows], a["hn"][k, rows], a["ut"]
        np.multiply(dh, z, back)
        np.subtract(h, n, work)
        np.multiply(work, dh, d[1])
        np.subtract(dh, back, d[2])             # dh (1 - z)
        np.multiply(n, n, work)
        np.subtract(1, work, work)
        np.multiply(d[2], work, d[2])
        np.subtract(1, z, work)
        np.multiply(work, z, work)
        np.multiply(d[1], work, d[1])
        np.subtract(1, r, work)
        np.multiply(work, r, work)
        if self.after:
            np.multiply(d[2], r, dhn)
            np.multiply(d[2], hn, d[0])
            np.multiply(d[0], work, d[0])
            np.matmul(d[:2], ut[:2], three[:2])
            np.matmul(dhn, ut[2], three[2])
        else:
            np.matmul(d[2], ut[2], dhn)
            np.multiply(dhn, h, d[0])
            np.multiply(d[0], work, d[0])
            np.matmul(d[:2], ut[:2], three[:2])
            np.multiply(dhn, r, three[2])
        for part in three:
            np.add(back, part, back)

    def _gradients(self, a, x, dz, dhn, ends) -> None:
        products.weights(ends.pack(x, a["packed"]), dz, a["w"])
        h = ends.pack(a["h"][:-1], a["packed"])
        products.weights(h, dz[:2], a["u"][:2])
        if self.after:
            products.weights(h, dhn[None], a["u"][2:])
            products.biases(dhn[None], a["dbu"][None])
        else:
            products.weights(ends.pack(a["hn"], a["packed"]), dz[2:], a["u"][2:])
        products.biases(dz, a["bias"])
        for name, part in (("dW", a["w"]), ("dU", a["u"]), ("db", a["bias"])):
            products.side_by_side(part, a[name])

    def fade(self, a, step, signal):
        products.transposed(a["U"], a["ut"])
        dh, units = signal[0], self.units
        d, three = np.empty((3, len(dh), units), dh.dtype), np.empty((3, len(dh), units), dh.dtype)
        dhn, back, work = np.empty_like(dh), np.empty_like(dh), np.empty_like(dh)
        self._step_back(a, step, dh, d, dhn, back, work, three)
        return [back]

    def probes(self, a):
        return {f"{name} gate": a["z"][gate].swapaxes(0, 1) for gate, name in enumerate(("reset", "update"))}
