"""Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000)."""

import numpy as np

from dlcli.kernels.recurrent import products
from dlcli.kernels.recurrent.cell import Back, Cell, Need
from dlcli.kernels.recurrent.ends import arrive

STEPS = 8
"""Steps whose factors of the way back are worked out at a time: they stay in the cache."""
GATES = (3, 0, 1, 2)
"""Which gate of the parameters, i, f, g, o, each of the gates here is: o, i, f, g. The three sigmoids lie together, and
so do the three that c depends on."""


class LstmCell(Cell):
    """i, f, o = sigmoid(x W + h U + b), g = tanh(x W + h U + b); c' = f c + i g, h' = o tanh(c').

    A step is one product with [h, x, 1], the rows of `hx` (steps + 1, rows, units + inputs + 1). z (steps, 4, rows,
    units) are the gates, so that all of a step are one contiguous piece; c (steps + 1, rows, units), tc = tanh(c').
    """

    gates, carried = 4, 2

    @property
    def kept(self):
        units, steps = self.units, self.steps
        return {"hx": Need((steps + 1, units + self.inputs + 1), 1), "z": Need((steps, 4, units), 2),
                "c": Need((steps + 1, units), 1), "tc": Need((steps, units), 1)}

    @property
    def scratch(self):
        units, inputs, steps = self.units, self.inputs, self.steps
        some, wide = min(STEPS, steps), units + inputs + 1
        one = {name: Need((units,), 0) for name in ("work", "back", "dc", "dh")}
        if steps == 1:
            one["sums"] = Need((2, 4 * units), 1)
        return one | {
            "w": Need((4, wide, units), None), "ut": Need((4, units, units), None),
            "wt": Need((4, units, inputs), None), "four": Need((4, units), 1), "factors": Need((some, 4, units), 2),
            "q": Need((some, units), 1), "dz": Need((4, steps, units), 2), "packed": Need((steps, wide), 1)}

    def sequences(self, a):
        return [a["hx"][..., :self.units], a["c"]]

    def _parts(self, prefix: str = ""):
        """(name of a parameter, its rows among [h, x, 1])."""
        units = self.units
        return (prefix + "U", slice(units)), (prefix + "W", slice(units, -1)), (prefix + "b", -1)

    def _gate(self, parameter: np.ndarray, mine: int) -> np.ndarray:
        """The part of a parameter for a gate, by its place here."""
        first = GATES[mine] * self.units
        return parameter[..., first:first + self.units]

    # sigmoid(z) = 1 / (1 + exp(-z)): the weights of three gates are turned round beforehand. exp gives inf below z =
    # -88 (in float32), and the sigmoid is then 0, as it should be.
    def forward(self, a, x, ends):
        w, hx, one = a["w"], a["hx"], np.ones((), a["w"].dtype)
        if self.steps > 1:
            for name, part in self._parts():
                for mine in range(4):
                    np.multiply(self._gate(a[name], mine), -1 if mine < 3 else 1, w[mine, part])
        np.copyto(hx[:-1, :, self.units:-1], x)
        hx[..., -1] = 1
        cut = -1
        with np.errstate(over="ignore"):
            for k, n in enumerate(ends.counts):
                if n != cut:
                    cut, z, c, work = n, a["z"][:, :, :n], a["c"][:, :n], a["work"][:n]
                    hx, h, tcs = a["hx"][:, :n], a["hx"][:, :n, :self.units], a["tc"][:, :n]
                gates, new, tc = z[k], c[k + 1], tcs[k]
                if self.steps > 1:
                    np.matmul(hx[k], w, gates)
                else:
                    self._sums(a, x[0, :n], h[0], gates)
                sigmoids, (o, i, f, g) = gates[:3], gates
                np.exp(sigmoids, sigmoids)
                np.add(sigmoids, one, sigmoids)
                np.reciprocal(sigmoids, sigmoids)
                np.tanh(g, g)
                np.multiply(f, c[k], new)
                np.multiply(i, g, work)
                np.add(new, work, new)
                np.tanh(new, tc)
                np.multiply(o, tc, h[k + 1])

    def _sums(self, a, x, h, gates) -> None:
        """What the product gives, of a single step, with the parameters as they lie: to arrange them takes longer."""
        total, part = a["sums"][:, :len(x)]
        np.matmul(x, a["W"], total)
        np.matmul(h, a["U"], part)
        np.add(total, part, total)
        np.add(total, a["b"], total)
        for mine in range(4):
            np.multiply(self._gate(total, mine), -1 if mine < 3 else 1, gates[mine])

    def _factors(self, a, first: int, stop: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        """What dh and dc are multiplied by on the way back, for steps first .. stop and the first n rows: r =
        [tc o(1-o), g i(1-i), c f(1-f), i (1-g^2)], of which the first is for dh; and q = o (1 - tc^2), by which dh
        becomes dc."""
        z, c, tc = a["z"][first:stop, :, :n], a["c"][first:stop, :n], a["tc"][first:stop, :n]
        r, q = a["factors"][:stop - first, :, :n], a["q"][:stop - first, :n]
        np.multiply(z, z, r)
        np.subtract(z[:, :3], r[:, :3], r[:, :3])
        np.subtract(1, r[:, 3], r[:, 3])
        for gate, other in enumerate((tc, z[:, 3], c, z[:, 1])):
            np.multiply(r[:, gate], other, r[:, gate])
        np.multiply(tc, tc, q)
        np.subtract(1, q, q)
        np.multiply(q, z[:, 0], q)
        return r, q

    def _fill(self, a, first: int, stop: int, ends) -> None:
        """Zeros for rows that end within some steps, whose factors are worked out with those of the others."""
        for k in range(first, stop):
            ended = slice(ends.counts[k], ends.counts[first])
            if ended.start < ended.stop:
                a["z"][k, :, ended] = 0
                a["c"][k, ended] = 0
                a["tc"][k, ended] = 0

    # With dh and dc what is asked of h' and c': dc += dh o (1 - tc^2); the gates' sums get di = dc g i(1-i),
    # df = dc c f(1-f), dg = dc i (1-g^2), do = dh tc o(1-o); then dc f and dz U^T go one step further back.
    def backward(self, a, x, asked: Back, ends):
        dz, into = self.real(a, ends), (a["back"], a["dc"])
        self._turned(a["U"], a["ut"])
        for part in into:
            part.fill(0)
        cut = -1
        for first in range((self.steps - 1) // STEPS * STEPS, -1, -STEPS):
            stop = min(first + STEPS, self.steps)
            self._fill(a, first, stop, ends)
            r, q = self._factors(a, first, stop, ends.counts[first])
            for k in range(stop - 1, first - 1, -1):
                arrive(k, asked.last, ends, into)
                n, now = ends.counts[k], dz[:, ends.starts[k]:ends.starts[k + 1]]
                if n != cut:
                    cut, four, f = n, a["four"][:, :n], a["z"][:, 2, :n]
                    back, dc, dh, work = (a[name][:n] for name in ("back", "dc", "dh", "work"))
                factors = r[k - first, :, :n]
                np.add(back, asked.dh[k, :n], dh)
                np.multiply(dh, q[k - first, :n], work)
                np.add(dc, work, dc)
                np.multiply(dc, factors[1:], now[1:])
                np.multiply(dh, factors[0], now[0])
                np.multiply(dc, f[k], dc)
                np.matmul(now, a["ut"], four)
                np.add.reduce(four, 0, None, back)
        self._gradients(a, dz, ends)

    def beginning(self, a):
        return [a["back"], a["dc"]]

    def _gradients(self, a, dz, ends) -> None:
        np.matmul(ends.pack(a["hx"][:-1], a["packed"]).T, dz, a["w"])
        for name, part in self._parts("d"):
            for mine in range(4):
                np.copyto(self._gate(a[name], mine), a["w"][mine, part])

    def _turned(self, weights: np.ndarray, out: np.ndarray) -> None:
        """(inputs, 4 units) to (4, units, inputs), the gates in the order here."""
        for mine in range(4):
            np.copyto(out[mine], self._gate(weights, mine).T)

    def input_gradient(self, a, work, dx, ends):
        self._turned(a["W"], a["wt"])
        products.input_gradient(self.real(a, ends), a["wt"], work, dx, ends)

    def fade(self, a, step, signal):
        dh, dc = signal
        n = len(dh)
        r, q = self._factors(a, step, step + 1, n)
        dc = dc + dh * q[0]
        d = np.stack([dh * r[0, 0], *(dc * r[0, 1:])])
        self._turned(a["U"], a["ut"])
        return [np.add.reduce(d @ a["ut"], 0), dc * a["z"][step, 2, :n]]

    def probes(self, a):
        return {f"{name} gate": a["z"][:, gate].swapaxes(0, 1)
                for name, gate in (("input", 1), ("forget", 2), ("output", 0))}
