"""Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000)."""

import numpy as np

from dlcli.kernels.recurrent import products
from dlcli.kernels.recurrent.cell import Back, Cell, Need
from dlcli.kernels.recurrent.ends import arrive

STEPS = 16
"""Steps whose factors of the way back are worked out at a time: they stay in the cache."""


class LstmCell(Cell):
    """i, f, o = sigmoid(x W + h U + b), g = tanh(x W + h U + b); c' = f c + i g, h' = o tanh(c').

    The gates lie in the order i, f, o, g here, so that one call does for all sigmoids; parameters have them in that of
    PyTorch, i, f, g, o. c (steps + 1, rows, units), tc = tanh(c').
    """

    gates, carried = 4, 2

    @property
    def kept(self):
        return super().kept | {"c": Need((self.steps + 1, self.units), 1), "tc": Need((self.steps, self.units), 1)}

    @property
    def scratch(self):
        some = min(STEPS, self.steps)
        return super().scratch | {"dc": Need((self.units,), 0), "four": Need((4, self.units), 1),
                                  "factors": Need((4, some, self.units), 2), "q": Need((some, self.units), 1)}

    def _load(self, a) -> None:
        """W, U and b by gate, those of the three sigmoids halved: sigmoid(z) = (1 + tanh(z / 2)) / 2, so one tanh does
        for all."""
        for name, part in (("W", a["w"]), ("U", a["u"]), ("b", a["bias"])):
            gates = np.moveaxis(a[name].reshape(*a[name].shape[:-1], 4, self.units), -2, 0)
            np.copyto(part[:2], gates[:2])
            np.copyto(part[2], gates[3])
            np.copyto(part[3], gates[2])
            np.multiply(part[:3], 0.5, part[:3])

    def forward(self, a, x):
        self._load(a)
        h, z, c, tc, u, now, work = (a[name] for name in ("h", "z", "c", "tc", "u", "now", "work"))
        products.inputs(x, a["w"], a["bias"], z)
        for k in range(self.steps):
            gates, new = z[:, k], c[k + 1]
            np.matmul(h[k], u, now)
            np.add(gates, now, gates)
            np.tanh(gates, gates)
            three = gates[:3]
            np.multiply(three, 0.5, three)
            np.add(three, 0.5, three)
            np.multiply(gates[1], c[k], new)
            np.multiply(gates[0], gates[3], work)
            np.add(new, work, new)
            np.tanh(new, tc[k])
            np.multiply(gates[2], tc[k], h[k + 1])

    def _factors(self, a, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """What dc and dh are multiplied by on the way back, for steps first .. stop: r = [g i(1-i), c f(1-f), tc
        o(1-o), i (1-g^2)], of which the third is for dh; and q = o (1 - tc^2), by which dh becomes dc."""
        z, r, q = a["z"][:, first:stop], a["factors"][:, :stop - first], a["q"][:stop - first]
        tc = a["tc"][first:stop]
        np.multiply(z, z, r)
        np.subtract(z[:3], r[:3], r[:3])
        np.subtract(1, r[3], r[3])
        for gate, other in enumerate((z[3], a["c"][first:stop], tc, z[0])):
            np.multiply(r[gate], other, r[gate])
        np.multiply(tc, tc, q)
        np.subtract(1, q, q)
        np.multiply(q, z[2], q)
        return r, q

    # With dh and dc what is asked of h' and c': dc += dh o (1 - tc^2); the gates' sums get di = dc g i(1-i),
    # df = dc c f(1-f), do = dh tc o(1-o), dg = dc i (1-g^2); then dc f and dz U^T go one step further back.
    def backward(self, a, x, asked: Back):
        z, dz, dc, dh, back, work, four = (a[name] for name in ("z", "dz", "dc", "dh", "back", "work", "four"))
        _turned(a["U"], a["ut"])
        ut = a["ut"]
        back.fill(0)
        dc.fill(0)
        for first in range((self.steps - 1) // STEPS * STEPS, -1, -STEPS):
            stop = min(first + STEPS, self.steps)
            r, q = self._factors(a, first, stop)
            for k in range(stop - 1, first - 1, -1):
                arrive(k, asked.last[0], asked.lengths, self.steps, back, asked.where)
                arrive(k, asked.last[1], asked.lengths, self.steps, dc, asked.where)
                np.add(back, asked.dh[k], dh)
                np.multiply(dh, q[k - first], work)
                np.add(dc, work, dc)
                d = dz[:, k]
                np.multiply(dc, r[:, k - first], d)
                np.multiply(dh, r[2, k - first], d[2])
                np.multiply(dc, z[1, k], dc)
                np.matmul(d, ut, four)
                np.add.reduce(four, 0, None, back)
        self._gradients(a, x)

    def _gradients(self, a, x) -> None:
        dz = a["dz"]
        products.weights(x, dz, a["w"])
        products.weights(a["h"][:-1], dz, a["u"])
        products.biases(dz, a["bias"])
        for name, part in (("dW", a["w"]), ("dU", a["u"]), ("db", a["bias"])):
            out = np.moveaxis(a[name].reshape(*a[name].shape[:-1], 4, self.units), -2, 0)
            np.copyto(out[:2], part[:2])
            np.copyto(out[2], part[3])
            np.copyto(out[3], part[2])

    def input_weights(self, a) -> np.ndarray:
        """W^T by gate, in the order of dz."""
        _turned(a["W"], a["wt"])
        return a["wt"]

    def fade(self, a, step, signal):
        dh, dc = signal
        r, q = self._factors(a, step, step + 1)
        dc = dc + dh * q[0]
        d = dc * r[:, 0]
        d[2] = dh * r[2, 0]
        _turned(a["U"], a["ut"])
        return [(d @ a["ut"]).sum(0), dc * a["z"][1, step]]

    def probes(self, a):
        return {f"{name} gate": a["z"][gate].swapaxes(0, 1) for gate, name in enumerate(("input", "forget", "output"))}


def _turned(weights: np.ndarray, out: np.ndarray) -> None:
    """`products.transposed`, in the order of the gates here."""
    parts = weights.reshape(len(weights), 4, -1).transpose(1, 2, 0)
    for gate, part in zip((0, 1, 3, 2), out):
        np.copyto(part, parts[gate])
