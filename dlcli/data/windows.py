"""Windows of what is one long row: running text, a time series."""

import numpy as np

from dlcli.engine.streams import Stream


class Stretches:
    """Where windows begin in stretches of steps that follow each other (a file, a split): none crosses a border.

    spans: (first, behind the last) step of each stretch. reach: steps that a window needs, its target included. every:
    steps from one window to the next.
    """

    def __init__(self, spans: list[tuple[int, int]], reach: int, every: int):
        self.spans, self.reach = spans, reach
        own = [np.arange(first, last - reach + 1, every) for first, last in spans]
        self.starts = np.concatenate([np.zeros(0, np.int64), *own]).astype(np.int64)
        self.begins = np.zeros(len(self.starts), bool)
        self.begins[np.cumsum([0, *map(len, own)])[:-1][[bool(len(a)) for a in own]]] = True

    def __len__(self) -> int:
        return len(self.starts)


class Anywhere:
    """Places drawn anew in each epoch, uniformly over all places at which a window can begin; keyed by the seed."""

    def __init__(self, stretches: Stretches, seed: int):
        self._reach, self._spans, self._count = stretches.reach, stretches.spans, len(stretches)
        self._stream, self._epoch = Stream(seed, "windows"), None

    def starts(self, epoch: int) -> np.ndarray:
        """Where the windows of an epoch begin, (rows,) int64."""
        if self._epoch != epoch:
            sizes = np.array([max(0, last - first - self._reach + 1) for first, last in self._spans])
            drawn = self._stream.at(epoch).integers(0, sizes.sum(), self._count)
            stretch = np.searchsorted(np.cumsum(sizes), drawn, "right")
            before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
            self._drawn = drawn - before[stretch] + np.array([first for first, _ in self._spans])[stretch]
            self._epoch = epoch
        return self._drawn


class Windows:
    """What an input field or a target is if its rows are windows: row i is values[starts[i]:starts[i] + steps], and is
    read like an array's.

    values: (steps of all, ...). anywhere: places that are drawn anew in each epoch of training, instead of `starts`.
    """

    def __init__(self, values: np.ndarray, starts: np.ndarray, steps: int, dtype=None, anywhere: Anywhere | None = None,
                 offset: int = 0):
        self.values, self.steps, self.offset = values, steps, offset
        self.starts, self.anywhere, self.dtype = starts, anywhere, np.dtype(dtype or values.dtype)

    @property
    def shape(self) -> tuple:
        return len(self.starts), self.steps, *self.values.shape[1:]

    @property
    def ndim(self) -> int:
        return 1 + self.values.ndim

    @property
    def nbytes(self) -> int:
        return self.values.nbytes

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: np.ndarray, axis: int = 0, out: np.ndarray | None = None, mode: str = "clip",
             epoch: int | None = None) -> np.ndarray:
        """Windows, written to `out`. epoch: that of training; None: the windows at their own places. axis and mode are
        those of `numpy.take`, and can be nothing else."""
        out = np.empty((len(rows), *self.shape[1:]), self.dtype) if out is None else out
        starts = self.starts if epoch is None or self.anywhere is None else self.anywhere.starts(epoch)
        values, steps = self.values, self.steps
        for place, start in zip(out, (starts[rows] + self.offset).tolist()):
            place[...] = values[start:start + steps]
        return out

    def __getitem__(self, key) -> np.ndarray:
        rows = np.arange(len(self))[key]
        found = self.take(np.atleast_1d(rows))
        return found if np.ndim(rows) else found[0]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        found = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)
