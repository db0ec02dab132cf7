"""Rows that stay as they are stored, bytes in memory or in a mapped file, and are prepared when they are read."""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.data.files.memory_map import ahead_of
from dlcli.engine.memory import Arena

_own = threading.local()
"""Each worker's memory for the rows of a batch: workers may be threads."""


def memory(key, shape: tuple, dtype) -> np.ndarray:
    """An array of this thread that stays between calls, so that reading a batch allocates none. It is overwritten by
    the next request with the same key."""
    dtype = np.dtype(dtype)
    arena = _own.__dict__.get("arena")
    if arena is None:
        arena = _own.arena = Arena(np.float32)
    arena.types.setdefault(dtype.str, dtype)
    return arena.take(key, shape, dtype.str)


class LazyRows:
    """What a data set's input field is, if its rows are not floats in memory: row i is values[rows[i]] / divisor *
    scale + shift.

    It can be read as an array can: `take`, indexing, `shape`, `dtype` (the network's float type), `np.asarray`.

    values: numbers (n, ...), C-contiguous; possibly a mapped file. rows: row numbers (rows,). scale, shift: float64
    arrays of the shape of a row, or None if there is nothing to do. steps: what is done in their place, to float64
    rows and in place, if the network's float type would round values before they are scaled.
    """

    def __init__(
        self,
        values: np.ndarray,
        rows: np.ndarray,
        dtype,
        divisor: float = 1.0,
        scale: np.ndarray | None = None,
        shift: np.ndarray | None = None,
        steps: Sequence[Callable[[np.ndarray], None]] | None = None,
    ):
        self.values, self.rows, self.dtype, self.divisor, self._steps = values, rows, np.dtype(dtype), divisor, steps
        self._ahead = ahead_of(values)
        self._scale, self._shift = (None if a is None else _short(np.asarray(a)).astype(dtype) for a in (scale, shift))

    @property
    def shape(self) -> tuple:
        return len(self.rows), *self.values.shape[1:]

    @property
    def ndim(self) -> int:
        return self.values.ndim

    @property
    def nbytes(self) -> int:
        """Bytes of the rows as they are stored."""
        return len(self.rows) * self.values.itemsize * (self.values[0].size if len(self.values) else 0)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray, axis: int = 0, out: np.ndarray | None = None, mode: str = "clip") -> np.ndarray:
        """Prepared rows, written to `out`. axis and mode are those of `numpy.take`, and can be nothing else."""
        out = np.empty((len(rows), *self.shape[1:]), self.dtype) if out is None else out
        self.finish(self.raw(rows, out), out)
        return out

    def ahead(self, rows: np.ndarray) -> None:
        """Rows that will be read next: of a file that is too large for memory, they are fetched while others are
        computed."""
        if self._ahead is not None:
            self._ahead(self.rows[rows])

    def raw(self, rows: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Rows as floats, divided and no more: `out`, or float64 memory of this thread if there are `steps`."""
        rows, values = self.rows[rows], self.values
        x = out if self._steps is None else memory("exact", out.shape, np.float64)
        if values.dtype == x.dtype:
            values.take(rows, 0, x, "clip")
        else:
            some = memory("rows", x.shape, values.dtype)
            values.take(rows, 0, some, "clip")
            if self.divisor != 1:
                np.divide(some, x.dtype.type(self.divisor), out=x, casting="same_kind")
                return x
            x[...] = some
        if self.divisor != 1:
            x /= x.dtype.type(self.divisor)
        return x

    def finish(self, x: np.ndarray, out: np.ndarray) -> None:
        """What `raw` gave, scaled and shifted, in `out`."""
        if self._steps is not None:
            for step in self._steps:
                step(x)
            out[...] = x
            return
        for function, part in ((np.multiply, self._scale), (np.add, self._shift)):
            if part is not None:
                flat = out.reshape(-1, part.size) if part.ndim else out
                function(flat, part, out=flat)

    def __getitem__(self, key) -> np.ndarray:
        """Prepared rows; a tuple looks into them, as for an array."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        if first is Ellipsis:
            return self[:][key]
        rows = np.arange(len(self))[first]
        found = self.take(np.atleast_1d(rows))
        return found[(slice(None), *rest)] if np.ndim(rows) else found[0][tuple(rest)]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        found = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)

    def astype(self, dtype) -> np.ndarray:
        return self[:].astype(dtype)


def _short(part: np.ndarray) -> np.ndarray:
    """As few numbers as say the same: one, those of a picture's line (if each channel has its own), or one for each
    place."""
    if (part == part.flat[0]).all():
        return part.reshape(-1)[0]
    if part.ndim > 1 and (part == part.reshape(-1, part.shape[-1])[0]).all():
        return np.ascontiguousarray(part.reshape(-1, part.shape[-2] * part.shape[-1])[0])
    return np.ascontiguousarray(part).reshape(-1)
