"""One loss with memory bound as the engine binds it, every array poisoned: what is not written stays NaN."""

import copy

import numpy as np

from dlcli.engine.registry import find


class Rig:
    def __init__(self, case, rows=8, dtype=np.float64, seed=7):
        rng = np.random.default_rng(seed)
        built = find("losses", case.kind)(**case.options)
        built.build(case.y, case.t)
        self.loss, self.case, self.dtype = copy.copy(built), case, dtype
        self.y = (2 * rng.standard_normal((rows, *case.y))).astype(dtype)
        if case.t.dtype == "int":
            self.t = rng.integers(0, case.t.size, (rows, *case.t))
        else:
            self.t = rng.uniform(0, 1, (rows, *case.t)).astype(dtype)
        self.lengths = rng.integers(1, case.y[0] + 1, rows) if case.y.lengths else None
        self.target_lengths = self.lengths
        if not built.aligned:
            self.draw_lengths(rng)
        self.bind()

    def draw_lengths(self, rng):
        """Lengths of each side, so that the outputs have two steps for each token, if they can."""
        rows, (steps, _), (most,) = len(self.y), self.case.y, self.case.t
        self.target_lengths = rng.integers(0, most + 1, rows) if self.case.t.lengths else None
        if self.lengths is not None:
            least = 2 * (most if self.target_lengths is None else self.target_lengths)
            self.lengths = rng.integers(np.clip(least, 1, steps), steps + 1, rows)

    def bind(self):
        dtypes = {"float": self.dtype, "float64": np.float64, "int": np.int64, "int32": np.int32, "bool": bool}
        arrays = {}
        for name, a in [*self.loss.kept.items(), *self.loss.temps.items()]:
            arrays[name] = np.empty(a.full(len(self.y)), dtypes[a.dtype])
        vars(self.loss).update(arrays, lengths=self.lengths, target_lengths=self.target_lengths,
                               shard_rows=len(self.y))
        self.dy = np.empty_like(self.y)
        self.poison([*self.loss.kept, *self.loss.temps])
        return self

    def poison(self, names):
        for name in names:
            array = getattr(self.loss, name)
            array.fill(np.nan if array.dtype.kind == "f" else 77 if array.dtype.kind == "i" else True)

    def part(self, rows):
        """The same loss on some of the rows, with memory of its own."""
        part = Rig(self.case, rows=1, dtype=self.dtype)
        part.y, part.t = self.y[rows].copy(), self.t[rows].copy()
        lengths = self.lengths, self.target_lengths
        part.lengths, part.target_lengths = (None if a is None else a[rows] for a in lengths)
        return part.bind()

    def padding(self):
        """Where y and t are padded, (rows, steps) and (rows, most)."""
        return tuple(np.zeros(a.shape[:2], bool) if n is None else np.arange(a.shape[1]) >= n[:, None]
                     for a, n in ((self.y, self.lengths), (self.t, self.target_lengths)))

    def forward(self):
        self.poison(self.loss.temps)
        return self.loss.forward(self.y, self.t)

    def backward(self, scale=1.0):
        self.poison(self.loss.temps)
        self.dy.fill(np.nan)
        self.loss.backward(self.y, self.t, self.dy, scale)
        return self.dy
