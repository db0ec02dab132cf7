"""Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000)."""

import numpy as np

from dlcli.kernels.recurrent.cell import Back, Cell, Need
from dlcli.kernels.recurrent.ends import arrive

STEPS = 16
"""Steps whose factors of the way back are worked out at a time: they stay in the cache."""
GATES = (3, 0, 1, 2)
"""Which gate of the parameters, i, f, g, o, each of the gates here is: o, i, f, g. The three sigmoids lie together, and
so do the three that c depends on."""


class LstmCell(Cell):
    """i, f, o = sigmoid(x W + h U + b), g = tanh(x W + h U + b); c' = f c + i g, h' = o tanh(c').

    Rows lie last, so that one step of a gate, and of all gates, is one contiguous piece, and a step is one product with
    the columns [h; x; 1] of `hx` (steps + 1, units + inputs + 1, rows). z (steps, 4, units, rows) are the gates,
    c (steps + 1, units, rows), tc = tanh(c').
    """

    gates, carried = 4, 2

    @property
    def kept(self):
        units, steps = self.units, self.steps
        return {"hx": Need((steps + 1, units + self.inputs + 1), 2), "z": Need((steps, 4, units), 3),
                "c": Need((steps + 1, units), 2), "tc": Need((steps, units), 2)}

    @property
    def scratch(self):
        units, inputs, steps = self.units, self.inputs, self.steps
        some, wide = min(STEPS, steps), units + inputs + 1
        one = {name: Need((units,), 1) for name in ("work", "back", "dc", "dh")}
        return one | {
            "w": Need((4, units, wide), None), "ut": Need((units, 4, units), None),
            "wt": Need((inputs, 4, units), None), "dw": Need((wide, 4, units), None),
            "asked": Need((steps, units), 2), "d": Need((some, 4, units), 3),
            "factors": Need((some, 4, units), 3), "q": Need((some, units), 2), "dz": Need((4, units, steps), 3),
            "across": Need((wide, steps), 2)}

    def sequences(self, a):
        return [a["hx"][:, :self.units].swapaxes(1, 2), a["c"].swapaxes(1, 2)]

    def _parts(self, prefix: str = ""):
        """(name of a parameter, its rows among [h; x; 1])."""
        units = self.units
        return (prefix + "U", slice(units)), (prefix + "W", slice(units, -1)), (prefix + "b", -1)

    def _by_gate(self, parameter: np.ndarray) -> np.ndarray:
        return parameter.reshape(*parameter.shape[:-1], 4, self.units)

    # sigmoid(z) = 1 / (1 + exp(-z)): the weights of three gates are turned round beforehand. exp gives inf below z =
    # -88 (in float32), and the sigmoid is then 0, as it should be.
    def forward(self, a, x):
        w, hx, z, c, tc, work = (a[name] for name in ("w", "hx", "z", "c", "tc", "work"))
        for name, part in self._parts():
            for mine, theirs in enumerate(GATES):
                np.multiply(self._by_gate(a[name])[..., theirs, :].T, -1 if mine < 3 else 1, w[mine, :, part])
        np.copyto(hx[:-1, self.units:-1], x.swapaxes(1, 2))
        hx[:, -1] = 1
        one = np.ones((), w.dtype)
        with np.errstate(over="ignore"):
            for k in range(self.steps):
                gates, new = z[k], c[k + 1]
                np.matmul(w, hx[k], gates)
                sigmoids, g = gates[:3], gates[3]
                np.exp(sigmoids, sigmoids)
                np.add(sigmoids, one, sigmoids)
                np.reciprocal(sigmoids, sigmoids)
                np.tanh(g, g)
                np.multiply(gates[2], c[k], new)
                np.multiply(gates[1], g, work)
                np.add(new, work, new)
                np.tanh(new, tc[k])
                np.multiply(gates[0], tc[k], hx[k + 1, :self.units])

    def _factors(self, a, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """What dh and dc are multiplied by on the way back, for steps first .. stop: r = [tc o(1-o), g i(1-i),
        c f(1-f), i (1-g^2)], of which the first is for dh; and q = o (1 - tc^2), by which dh becomes dc."""
        z, r, q = a["z"][first:stop], a["factors"][:stop - first], a["q"][:stop - first]
        tc = a["tc"][first:stop]
        np.multiply(z, z, r)
        np.subtract(z[:, :3], r[:, :3], r[:, :3])
        np.subtract(1, r[:, 3], r[:, 3])
        for gate, other in enumerate((tc, z[:, 3], a["c"][first:stop], z[:, 1])):
            np.multiply(r[:, gate], other, r[:, gate])
        np.multiply(tc, tc, q)
        np.subtract(1, q, q)
        np.multiply(q, z[:, 0], q)
        return r, q

    # With dh and dc what is asked of h' and c': dc += dh o (1 - tc^2); the gates' sums get di = dc g i(1-i),
    # df = dc c f(1-f), dg = dc i (1-g^2), do = dh tc o(1-o); then dc f and U dz go one step further back.
    def backward(self, a, x, asked: Back):
        z, d, dc, dh, back, work, ut = (a[name] for name in ("z", "d", "dc", "dh", "back", "work", "ut"))
        self._arrange(a["U"], ut)
        np.copyto(a["asked"], asked.dh.swapaxes(1, 2))
        ut, flat = ut.reshape(self.units, -1), d.reshape(len(d), 4 * self.units, -1)
        into = back.T, dc.T
        back.fill(0)
        dc.fill(0)
        for first in range((self.steps - 1) // STEPS * STEPS, -1, -STEPS):
            stop = min(first + STEPS, self.steps)
            r, q = self._factors(a, first, stop)
            for k in range(stop - 1, first - 1, -1):
                arrive(k, asked.last, asked.lengths, self.steps, into, asked.where)
                now, factors = d[k - first], r[k - first]
                np.add(back, a["asked"][k], dh)
                np.multiply(dh, q[k - first], work)
                np.add(dc, work, dc)
                np.multiply(dc, factors[1:], now[1:])
                np.multiply(dh, factors[0], now[0])
                np.multiply(dc, z[k, 2], dc)
                np.matmul(ut, flat[k - first], back)
            np.copyto(_runs(a["dz"])[:, :, first:stop], _runs(d)[:stop - first].transpose(1, 2, 0))
        self._gradients(a)

    def beginning(self, a):
        return [a["back"].T, a["dc"].T]

    def _gradients(self, a) -> None:
        steps, wide, rows = a["hx"][:-1].shape
        np.copyto(_runs(a["across"]), _runs(a["hx"])[:-1].T)
        dz, dw = a["dz"].reshape(4 * self.units, -1), a["dw"]
        np.matmul(a["across"].reshape(wide, -1), dz.T, dw.reshape(wide, -1))
        for name, part in self._parts("d"):
            out = self._by_gate(a[name])
            for mine, theirs in enumerate(GATES):
                np.copyto(out[..., theirs, :], dw[part, mine])

    def _arrange(self, weights: np.ndarray, out: np.ndarray) -> None:
        """(inputs, 4 units) to (inputs, 4, units), the gates in the order here."""
        for mine, theirs in enumerate(GATES):
            np.copyto(out[:, mine], self._by_gate(weights)[:, theirs])

    def input_gradient(self, a, work, dx, add):
        inputs, (steps, rows, _) = self.inputs, dx.shape
        self._arrange(a["W"], a["wt"])
        work = work.reshape(inputs, steps, rows)
        np.matmul(a["wt"].reshape(inputs, -1), a["dz"].reshape(4 * self.units, -1), work.reshape(inputs, -1))
        found = work.transpose(1, 2, 0)
        if add:
            np.add(dx, found, dx)
        else:
            np.copyto(dx, found)

    def fade(self, a, step, signal):
        r, q = self._factors(a, step, step + 1)
        dh, dc = (part.T for part in signal)
        dc = dc + dh * q[0]
        d = np.concatenate([dh * r[0, 0], *(dc * r[0, 1:])])
        self._arrange(a["U"], a["ut"])
        return [(a["ut"].reshape(self.units, -1) @ d).T, (dc * a["z"][step, 2]).T]

    def probes(self, a):
        return {f"{name} gate": a["z"][:, gate].transpose(2, 0, 1)
                for name, gate in (("input", 1), ("forget", 2), ("output", 0))}


def _runs(array: np.ndarray) -> np.ndarray:
    """The same memory without the last axis, whose numbers are moved as one: copies are twice as fast."""
    return array.view((np.void, array.shape[-1] * array.itemsize))[..., 0]
