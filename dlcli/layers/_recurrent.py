"""What recurrent layers share: stacks of cells in one or both directions, rows that end early, what is carried on."""

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from dlcli.engine import expect
from dlcli.engine.component import Family
from dlcli.engine.layer import InnerSignal, Layer
from dlcli.engine.spec import Spec
from dlcli.engine.streams import uniform
from dlcli.kernels.recurrent.cell import Back, Cell
from dlcli.kernels.recurrent.ends import bring, clear, ends, give, last, turn
from dlcli.kernels.recurrent.fading import fading
from dlcli.layers._each_gate import EachGate


class Recurrent(Layer):
    """A stack of recurrent cells. `units` and the rest are options; a layer says which cell it is (`_cell`).

    Of several cells, names of arrays end in their place: `W2_back` is that of the second in the stack that reads
    backwards. Within, sequences lie time first, and padded rows sorted by length (see `Ends`).
    """

    merges = True
    memory = "gated"

    units: Annotated[int, Gt(0)]
    """Width of the state, of each direction."""
    layers: Annotated[int, Ge(1), Le(64)] = 1
    """How many are stacked: each reads what the one below gives."""
    direction: Literal["forward", "backward", "both"] = "forward"
    """Which way a sequence is read. `both`: two cells, each its own way, their outputs side by side (Schuster and
    Paliwal 1997): each step then sees the whole sequence."""
    returns: Literal["sequence", "last"] = "sequence"
    """`sequence`: the state of every step. `last`: that behind the last step that is read, which backwards is the first
    one."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of what goes from one of the stacked to the next that is set to 0 in training."""
    carry: bool = False
    """Whether a batch begins with the state that the one before it ended with, for texts and series whose rows go on in
    the next batch (truncated backpropagation through time, Williams and Peng 1990)."""
    init: Annotated[object, Family("initializers")] = "glorot"
    """How W starts: the part of each gate by itself, as if it were alone."""
    recurrent_init: Annotated[object, Family("initializers")] = "orthogonal"
    """How U starts, likewise: `orthogonal` keeps the length of the error signal on its way back through time."""
    bias_init: Annotated[object, Family("initializers")] = "zeros"
    """How b starts."""

    @abstractmethod
    def _cell(self, inputs: int, steps: int) -> Cell:
        """One cell of the stack."""

    def _bias(self):
        """How b starts."""
        return self.bias_init

    @property
    def sees(self) -> str:
        return "past" if self.direction == "forward" else "all"

    def stepwise(self):
        if self.direction != "forward" or self.returns != "sequence":
            raise ValueError("reads the whole sequence before it gives anything")
        return replace(self, carry=True)

    def build(self, *xs):
        x = xs[0]
        expect.numbers(*xs)
        if len(x) != 2:
            raise ValueError(f"reads sequences (steps, channels), got {tuple(x)}")
        if self.carry and self.direction != "forward":
            raise ValueError("cannot carry a state on and read backwards: what comes later is not known yet")
        self.ways = {"forward": ("",), "backward": ("_back",), "both": ("", "_back")}[self.direction]
        self.cells = [[self._cell(x[1] if level == 0 else self.units * len(self.ways), x[0]) for _ in self.ways]
                      for level in range(self.layers)]
        shape = self._state_shape()
        if len(xs) > 2 or (len(xs) == 2 and (tuple(xs[1]) != shape or self.carry)):
            raise ValueError(f"reads one sequence and, without `carry`, a state {shape} that it begins with")
        self._declare(x, shape)
        wide = self.units * len(self.ways)
        return (x[0], wide) if self.returns == "sequence" else Spec((wide,))

    def _state_shape(self) -> tuple:
        """Of `state`: h, or h and c; with an axis for the cells if there are several."""
        carried, count = self.cells[0][0].carried, self.layers * len(self.ways)
        return (carried,) * (carried > 1) + (count,) * (count > 1) + (self.units,)

    def _declare(self, x: Spec, shape: tuple) -> None:
        steps, wide = x[0], self.units * len(self.ways)
        for level, cells in enumerate(self.cells):
            for way, cell in zip(self.ways, cells):
                self._declare_cell(cell, self._suffix(level, way))
            self.keep(f"x{level}", (steps, cells[0].inputs), axis=1)
            if "_back" in self.ways:
                self.keep(f"turned{level}", (steps, cells[0].inputs), axis=1)
            if level and self.dropout:
                self.keep(f"mask{level}", (steps, wide), axis=1)
        widest = max(cells[0].inputs for cells in self.cells)
        sizes = {"asked": wide, "other": self.units, "dx": widest, "more": widest, "spare": widest}
        for name, size in sizes.items():
            self.temp(name, (steps, size), axis=1)
        self.output("state", shape)
        if self.carry:
            self.remember("carried", shape)
        if self.layers > 1 and self.dropout:
            self.random()
        if x.lengths:
            self.keep("sorted", (2,), "int", axis=1)

    def _suffix(self, level: int, way: str) -> str:
        return (str(level + 1) if self.layers > 1 else "") + (way if len(self.ways) > 1 else "")

    def _declare_cell(self, cell: Cell, suffix: str) -> None:
        weights = {name: EachGate(init=init, gates=cell.gates)
                   for name, init in (("W", self.init), ("U", self.recurrent_init))}
        for name, shape in cell.learned.items():
            init = weights.get(name, self._bias() if name == "b" else self.bias_init)
            self.param(name + suffix, shape, init, decay=name in weights)
        for name, need in cell.kept.items():
            self.keep(f"{name}_{suffix}", need.shape, axis=need.axis)
        for name, need in cell.scratch.items():         # cells of one size share them
            self.temp(f"{name}_{cell.inputs}", need.shape, rows=need.axis is not None, axis=need.axis or 0)

    def _arrays(self, cell: Cell, suffix: str) -> dict[str, np.ndarray]:
        found = {name: getattr(self, f"{name}_{suffix}") for name in cell.kept}
        found |= {name: getattr(self, f"{name}_{cell.inputs}") for name in cell.scratch}
        for name in cell.learned:
            found[name] = getattr(self, name + suffix)
            found[f"d{name}"] = getattr(self, f"d{name}{suffix}", None)
        return found

    @cached_property
    def _bound(self) -> list[list[tuple]]:
        """(place among all cells, way, cell, its arrays) of the cells of each level; of a bound layer."""
        return [[(level * len(self.ways) + i, way, cell, self._arrays(cell, self._suffix(level, way)))
                 for i, (way, cell) in enumerate(zip(self.ways, cells))] for level, cells in enumerate(self.cells)]

    def _parts(self, state: np.ndarray, place: int) -> list[np.ndarray]:
        """h (and c) of one cell in an array of the state's shape, as views (rows, units)."""
        carried, count = self.cells[0][0].carried, self.layers * len(self.ways)
        flat = state.reshape(len(state), carried, count, self.units)
        return [flat[:, i, place] for i in range(carried)]

    def forward(self, xs, y, train):
        self._ends = ends(self.lengths[0], *xs[0].shape[:2], getattr(self, "sorted", None))
        start = xs[1] if len(xs) == 2 else self.carried if self.carry else None
        bring(xs[0], self._ends, self.x0)
        for level in range(self.layers):
            for place, way, cell, a in self._bound[level]:
                self._run(level, place, way, cell, a, start)
            if level + 1 < self.layers:
                out = getattr(self, f"x{level + 1}")
                for own, h in self._given(level):
                    np.copyto(out[..., own], h)
                if self.dropout:
                    self._drop(getattr(self, f"mask{level + 1}"), out, train)
        self._answer(y)
        if self.carry:
            np.copyto(self.carried, self.state)

    def _run(self, level, place, way, cell, a, start) -> None:
        x = getattr(self, f"x{level}")
        if way:
            turned = getattr(self, f"turned{level}")
            turn(x, self._ends, turned)
            x = turned
        sequences = cell.sequences(a)
        for part, sequence in enumerate(sequences):
            sequence[0] = 0
            if start is not None:
                self._ends.sort(self._parts(start, place)[part], sequence[0])
        cell.forward(a, x, self._ends)
        for sequence, part in zip(sequences, self._parts(self.state, place)):
            last(sequence, self._ends, part)
        clear(sequences[0][1:], self._ends)

    def _given(self, level: int):
        """(columns, what it gives, time first) of each cell of a level; read before the next one."""
        for i, (_, way, cell, a) in enumerate(self._bound[level]):
            h = cell.sequences(a)[0][1:]
            if way:
                turn(h, self._ends, self.other)
                h = self.other
            yield slice(i * self.units, (i + 1) * self.units), h

    def _drop(self, mask: np.ndarray, x: np.ndarray, train: bool) -> None:
        if not train:
            mask.fill(1)
            return
        uniform(self.rng, mask)
        np.greater_equal(mask, self.dropout, out=mask, casting="unsafe")
        np.multiply(mask, 1 / (1 - self.dropout), mask)
        np.multiply(x, mask, x)

    def _answer(self, y: np.ndarray) -> None:
        if self.returns == "sequence":
            for own, h in self._given(self.layers - 1):
                give(h, self._ends, y[..., own])
            return
        for i in range(len(self.ways)):
            place = (self.layers - 1) * len(self.ways) + i
            np.copyto(y[:, i * self.units:(i + 1) * self.units], self._parts(self.state, place)[0])

    # Level by level from the top. Each cell goes through its sequence backwards (see kernels/recurrent); what all cells
    # of a level ask of their inputs is added up, and is what the level below is asked for, times the dropout's mask.
    def backward(self, xs, y, dy, dxs):
        if self.returns == "sequence":
            bring(dy, self._ends, self.asked)
        else:
            self.asked.fill(0)
        for level in range(self.layers - 1, -1, -1):
            last = dy if self.returns == "last" and level == self.layers - 1 else None
            dx = self._level_back(level, last, dxs)
            if level:
                if self.dropout:
                    np.multiply(dx, getattr(self, f"mask{level}"), dx)
                np.copyto(self.asked, dx)
            elif dx is not None:
                give(dx, self._ends, dxs[0])

    def _level_back(self, level: int, last: np.ndarray | None, dxs) -> np.ndarray | None:
        """The gradient of what a level reads, time first; None of an input for which nobody asks. last: that of `y`,
        if it is the state behind the last step."""
        needed, dx = level or dxs[0] is not None, self._front("dx", level)
        for i, (place, way, cell, a) in enumerate(self._bound[level]):
            own = slice(i * self.units, (i + 1) * self.units)
            x = getattr(self, f"{'turned' if way else 'x'}{level}")
            dh = self.asked[..., own]
            if way:
                turn(dh, self._ends, self.other)
                dh = self.other
            given = [[] for _ in range(cell.carried)]
            if last is not None:
                given[0].append(last[:, own])
            if self.dstate is not None:
                for mine, part in zip(given, self._parts(self.dstate, place)):
                    mine.append(part)
            cell.backward(a, x, Back(dh, given), self._ends)
            if len(dxs) == 2 and dxs[1] is not None:
                for found, part in zip(cell.beginning(a), self._parts(dxs[1], place)):
                    self._ends.unsort(found, part)
            if needed:
                self._input_back(cell, a, way, dx, level, i > 0)
        return dx if needed else None

    def _input_back(self, cell: Cell, a: dict, way: str, dx: np.ndarray, level: int, add: bool) -> None:
        """Write what a cell asks of its inputs to dx; of the second way, add it."""
        out, spare = (self._front(name, level) for name in ("more" if way else "dx", "spare"))
        cell.input_gradient(a, spare, out, self._ends)
        if add:
            turn(out, self._ends, spare)
            np.add(dx, spare, dx)
        elif way:
            turn(out, self._ends, dx)

    def _front(self, name: str, level: int) -> np.ndarray:
        """As much of a temporary array as a level's inputs take, (steps, rows, inputs)."""
        shape = getattr(self, f"x{level}").shape
        return getattr(self, name).reshape(-1)[:prod(shape)].reshape(shape)

    def flops(self, y, *xs):
        cells = [cell for level in self.cells for cell in level]
        return sum(cell.steps * cell.gates * cell.units * (2 * (cell.inputs + cell.units) + 4) for cell in cells)

    def signal_over_time(self, rng):
        return {self._suffix(level, way).strip("_"): fading(cell, a, self._ends, rng)
                for level in range(self.layers) for _, way, cell, a in self._bound[level]}

    def probes(self):
        found = {}
        for level in range(self.layers):
            for _, way, cell, a in self._bound[level]:
                found |= {f"{name} {self._suffix(level, way)}".strip(): InnerSignal("gate", self._as_given(array))
                          for name, array in cell.probes(a).items()}
        return found

    def _as_given(self, sequence: np.ndarray) -> np.ndarray:
        """Rows (rows, steps, ...) as they lie in the batch, 0 behind their ends."""
        if self._ends.order is None:
            return sequence
        found = np.zeros(sequence.shape, sequence.dtype)
        for row, own, length in zip(self._ends.order, sequence, self._ends.lengths):
            found[row, :length] = own[:length]
        return found
