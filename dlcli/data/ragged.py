"""Rows of different length, one behind the other."""

import numpy as np


class Ragged:
    """What an input field or a target is if its rows differ in length: row i is values[starts[i]:starts[i + 1]].

    It is read like an array (rows, longest, ...) whose rows have zeros behind their ends: `take`, indexing, `shape`,
    `dtype`. values: (steps of all rows, ...). starts: (rows + 1,) int64. longest: steps that a row is padded to, and
    cut to; by default those of the longest.
    """

    def __init__(self, values: np.ndarray, starts: np.ndarray, longest: int | None = None):
        self.values, self.starts = values, np.asarray(starts, np.int64)
        self._lengths = np.diff(self.starts)
        self.longest = int(self._lengths.max(initial=1)) if longest is None else longest

    @classmethod
    def of(cls, rows: list[np.ndarray], longest: int | None = None) -> "Ragged":
        """Of a list with an array per row."""
        return cls(np.concatenate(rows), np.cumsum([0, *map(len, rows)]), longest)

    @property
    def lengths(self) -> np.ndarray:
        """Real steps of each row (rows,) int64."""
        return np.minimum(self._lengths, self.longest)

    @property
    def shape(self) -> tuple:
        return len(self), self.longest, *self.values.shape[1:]

    @property
    def ndim(self) -> int:
        return 1 + self.values.ndim

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    @property
    def nbytes(self) -> int:
        return self.values.nbytes

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, number: int) -> np.ndarray:
        """What is real of a row, as a view."""
        return self.values[self.starts[number]:self.starts[number + 1]][:self.longest]

    def rows(self, ids: np.ndarray) -> "Ragged":
        """The named rows, padded as all are."""
        parts = [self.values[self.starts[i]:self.starts[i + 1]] for i in ids.tolist()]
        values = np.concatenate(parts) if parts else self.values[:0]
        return Ragged(values, np.cumsum([0, *map(len, parts)]), self.longest)

    def cut(self, longest: int) -> "Ragged":
        """The rows with at most so many steps; what lies behind is not there any more."""
        if self._lengths.max(initial=0) <= longest:
            return Ragged(self.values, self.starts, longest)
        return Ragged.of([self.row(i)[:longest] for i in range(len(self))], longest)

    def take(self, rows: np.ndarray, axis: int = 0, out: np.ndarray | None = None, mode: str = "clip") -> np.ndarray:
        """Padded rows, written to `out`, whose second axis says how far they go. axis and mode are those of
        `numpy.take`, and can be nothing else."""
        out = np.empty((len(rows), *self.shape[1:]), self.dtype) if out is None else out
        values, starts, most = self.values, self.starts, out.shape[1]
        for place, row in zip(out, rows.tolist()):
            start = starts[row]
            length = min(starts[row + 1] - start, most)
            place[:length] = values[start:start + length]
            place[length:] = 0
        return out

    def __getitem__(self, key) -> np.ndarray:
        """Padded rows."""
        rows = np.arange(len(self))[key]
        found = self.take(np.atleast_1d(rows))
        return found if np.ndim(rows) else found[0]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        found = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)
