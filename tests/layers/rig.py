"""One layer on one or more shards, bound to arrays as the engine binds it, everything filled with NaN before it is
written."""

import copy

import numpy as np

from dlcli.engine.registry import create, find
from dlcli.engine.spec import Spec

DTYPES = {"float64": np.float64, "int": np.int64, "int32": np.int32, "bool": np.bool_}


def poison(array):
    array.fill(np.nan if array.dtype.kind == "f" else 77 if array.dtype.kind == "i" else True)
    return array


class Rig:
    """xs, y, dy, dxs: values of the whole batch. params, buffers: by name. outputs, douts: named outputs and what is
    asked of them. before: what is carried into the batch. grads: per shard, by name. layers: a bound copy per shard."""

    def __init__(self, case, inputs, rows=7, shards=1, dtype=np.float64, seed=7):
        self.case, self.rows, self.dtype, rng = case, rows, np.dtype(dtype), np.random.default_rng(seed)
        self.merges = find("layers", case.kind).merges
        self.specs = [x if isinstance(x, Spec) else Spec(x) for x in (inputs if self.merges else (inputs,))]
        self.built = layer = find("layers", case.kind)(**case.options)
        out = layer.build(*self.specs)
        self.out = out if isinstance(out, Spec) else Spec(out, lengths=self.specs[0].lengths)
        self.xs = [
            rng.integers(0, s.size, (rows, *s)) if s.dtype == "int" else rng.standard_normal((rows, *s)).astype(dtype)
            for s in self.specs
        ]
        self.lengths = [rng.integers(1, s[0] + 1, rows) if s.lengths else None for s in self.specs]
        self.dy = rng.standard_normal((rows, *self.out)).astype(dtype)
        self.y = np.empty((rows, *self.out), np.int64 if self.out.dtype == "int" else dtype)
        self.dxs = [np.empty(x.shape, dtype) if x.dtype.kind == "f" else None for x in self.xs]
        self.params = {name: (case.scale * rng.uniform(0.5, 1.5, p.shape) * rng.choice((-1, 1), p.shape)).astype(dtype)
                       for name, p in layer.params.items()}
        self.douts = {name: rng.standard_normal((rows, *s)).astype(dtype) for name, s in layer.outputs.items()}
        self.before = {name: rng.standard_normal((rows, *s)).astype(dtype) for name, s in layer.states.items()}
        self.buffers = {
            name: create("initializers", b.init).sample(rng, b.shape).astype(dtype) for name, b in layer.buffers.items()
        }
        self.bind(shards)

    def bind(self, shards):
        sizes = [self.rows // shards + (i < self.rows % shards) for i in range(shards)]
        stops = np.cumsum(sizes)
        self.slices = [slice(stop - size, stop) for size, stop in zip(sizes, stops)]
        self.grads, self.layers, self.scratch = [], [], []
        self.outputs = {name: np.empty_like(d) for name, d in self.douts.items()}
        self.carried = {name: a.copy() for name, a in self.before.items()}
        self.y_lengths = (
            np.full(self.rows, -1) if self.out.lengths == "own" else self.lengths[0] if self.out.lengths else None
        )
        for shard, size in enumerate(sizes):
            keeps = {name: self.make(a, size) for name, a in self.built.kept.items()}
            temps = {name: self.make(a, size) for name, a in self.built.temps.items()}
            reduces = {name: np.empty(shape) for name, shape in self.built.reduces.items()}
            grads = {name: np.empty(p.shape, self.dtype) for name, p in self.built.params.items()}
            lengths = [None if n is None else n[self.slices[shard]] for n in self.lengths]
            bound, own = copy.copy(self.built), self.slices[shard]
            vars(bound).update(
                self.params,
                **{name: a[own] for name, a in (*self.outputs.items(), *self.carried.items())},
                **{f"d{name}": a[own] for name, a in self.douts.items()},
                **{f"d{name}": g for name, g in grads.items()},
                **keeps,
                **temps,
                **reduces,
                **self.buffers,
                shard=shard,
                shard_rows=size,
                batch_rows=self.rows,
                lengths=tuple(lengths) if self.merges else lengths[0],
            )
            if self.out.lengths == "own":
                bound.y_lengths = self.y_lengths[self.slices[shard]]
            self.layers.append(bound)
            self.grads.append(grads)
            self.scratch.append((keeps, temps, reduces))
        return self

    def part(self, rows):
        """The same layer on some of the rows, with memory of its own."""
        part = copy.copy(self)
        part.xs, part.dy = [x[rows].copy() for x in self.xs], self.dy[rows].copy()
        part.douts, part.before = ({name: a[rows].copy() for name, a in arrays.items()}
                                   for arrays in (self.douts, self.before))
        part.rows, part.lengths = len(part.dy), [None if n is None else n[rows] for n in self.lengths]
        part.y = np.empty((part.rows, *self.out), self.y.dtype)
        part.dxs = [None if dx is None else np.empty_like(x) for x, dx in zip(part.xs, self.dxs)]
        return part.bind(1)

    def given(self):
        """The arrays that a step may not change."""
        return [*self.xs, *self.params.values()]

    def make(self, a, rows):
        return np.empty(a.full(rows), DTYPES.get(a.dtype, self.dtype))

    def each(self, order=1):
        for shard in range(len(self.layers))[::order]:
            for array in self.scratch[shard][1].values():
                poison(array)                   # temporaries do not survive a call
            rows = self.slices[shard]
            xs = tuple(x[rows] for x in self.xs)
            yield shard, self.layers[shard], xs if self.merges else xs[0], rows

    def total(self, backward):
        for name in self.built.reduces:
            if name.startswith("d") == backward:
                total = sum(scratch[2][name] for scratch in self.scratch)     # in shard order
                for scratch in self.scratch:
                    scratch[2][name][...] = total

    def forward(self, train=True, order=1):
        for array in (self.y, *self.outputs.values()):
            poison(array)
        for name, array in self.carried.items():
            array[...] = self.before[name]
        for keeps, _, reduces in self.scratch:
            for array in (*keeps.values(), *reduces.values()):
                poison(array)
        if train:
            for _, layer, x, _ in self.each(order):
                layer.forward_reduce(x, train)
            self.total(backward=False)
        for shard, layer, x, rows in self.each(order):
            layer.rng = np.random.default_rng(100 + shard)
            layer.forward(x, self.y[rows], train)
        return self.y

    def backward(self, order=1, skip=()):
        """skip: places of inputs whose gradient nobody needs."""
        dys = {}
        for shard, layer, x, rows in self.each(order):
            dys[shard] = self.dy[rows].copy()
            layer.backward_reduce(x, self.y[rows], dys[shard])
            assert np.array_equal(dys[shard], self.dy[rows]), "backward_reduce spoils dy"
        self.total(backward=True)
        for array in (*(d for d in self.dxs if d is not None), *(g for grads in self.grads for g in grads.values())):
            poison(array)
        for shard, layer, x, rows in self.each(order):
            dxs = tuple(None if dx is None or place in skip else dx[rows] for place, dx in enumerate(self.dxs))
            if self.params or any(dx is not None for dx in dxs):     # the engine makes no call that nobody needs
                layer.backward(x, self.y[rows], dys[shard], dxs if self.merges else dxs[0])
        return self

    def gradient(self, name):
        """Gradient of one parameter over the whole batch."""
        return sum(grads[name] for grads in self.grads)

    def asked(self):
        """What all outputs are worth together, whose gradient `backward` gives."""
        return np.vdot(self.dy, self.y) + sum(np.vdot(d, self.outputs[name]) for name, d in self.douts.items())

    def values(self):
        """Every array that has a gradient, with it: (name, value, gradient)."""
        inputs = [(f"x{i}", x, dx) for i, (x, dx) in enumerate(zip(self.xs, self.dxs)) if dx is not None]
        return inputs + [(name, value, self.gradient(name)) for name, value in self.params.items()]

    def results(self):
        """Everything that a step computes, copied."""
        return {"y": self.y.copy(), **{f"d{name}": gradient.copy() for name, _, gradient in self.values()},
                **{name: a.copy() for arrays in (self.buffers, self.outputs, self.carried)
                   for name, a in arrays.items()}}
