"""Which rows a split is made of: by file and place, and by what they hold. By that a later run can tell which rows its
network has seen."""

import os
from copy import copy
from functools import cached_property
from hashlib import blake2b, sha256
from math import prod

import numpy as np

from dlcli.data.ragged import Ragged
from dlcli.data.table import Column, Table
from dlcli.text import count

LARGEST = 1 << 28
"""Bytes of rows up to which what they hold is looked at."""
BLOCK = 1 << 17
"""Words that are hashed at a time: they stay in cache."""
GOLDEN = 0x9E3779B97F4A7C15


class Trace:
    """Rows of a table, as those of one split.

    origin: the sha256 of their file, whatever its name and place (of each file of a source by itself). Of rows without
    a file, it is a hash of what all of them hold, or of too many rows a number that no others have. total: rows of that
    file. numbers: those of the trace, from 0. hashes: for each a hash of its inputs and target as they were read
    (int64), or None if nobody has read them, or if the table has too many.
    """

    def __init__(self, table: Table, rows: np.ndarray):
        self._whole, self._rows = _Whole(table), rows

    @classmethod
    def placed(cls, origin: str, total: int, numbers: np.ndarray, unit: str = "row") -> "Trace":
        """Rows of which only their place in a file is known. unit: what is counted."""
        made = cls.__new__(cls)
        made._whole, made._rows = _Placed(origin, total, unit), numbers
        return made

    def of(self, rows: np.ndarray) -> "Trace":
        """Other rows of the same table."""
        other = copy(self)
        other._rows = rows
        return other

    def whole(self) -> "Trace":
        """All rows of the table."""
        return self.of(np.arange(self._whole.rows))

    @property
    def origin(self) -> str:
        return self._whole.origin

    @property
    def total(self) -> int:
        return self._whole.total

    @property
    def unit(self) -> str:
        """What is counted, `row` unless rows are windows of a text."""
        return self._whole.unit

    @property
    def counted(self) -> str:
        """How many there are, in words."""
        return count(len(self._rows), self.unit)

    @property
    def numbers(self) -> np.ndarray:
        places = self._whole.places
        return self._rows if places is None else places[self._rows]

    @property
    def hashes(self) -> np.ndarray | None:
        return None if self._whole.hashes is None else self._whole.hashes[self._rows]

    def settle(self) -> "Trace":
        """Find out all there is, and let go of the rows themselves."""
        self._whole.settle()
        return self


class _Placed:
    """The same as `_Whole`, of a file of which nobody keeps what its rows hold."""

    def __init__(self, origin: str, total: int, unit: str):
        self.origin, self.rows, self.total, self.places, self.hashes = origin, total, total, None, None
        self.unit = unit

    def settle(self) -> None:
        """There is nothing to find out."""


class _Whole:
    """What `Trace` needs of a table. rows: how many it has. places: their numbers in the file; None if they are all
    of it."""

    unit = "row"

    def __init__(self, table: Table):
        self._table, self.rows, self.total, self.places = table, len(table), len(table), None
        if table.kept is not None:
            self.total, self.places = len(table.kept), np.flatnonzero(table.kept)

    @cached_property
    def origin(self) -> str:
        if self._table.origin is not None:
            return self._table.origin()
        return "rows:" + (os.urandom(32).hex() if self.hashes is None else sha256(self.hashes.tobytes()).hexdigest())

    @cached_property
    def hashes(self) -> np.ndarray | None:
        return row_hashes(self._table, np.arange(len(self._table)))

    def settle(self) -> None:
        self.origin, self.hashes, self._table = self.origin, self.hashes, None


def row_hashes(table: Table, rows: np.ndarray) -> np.ndarray | None:
    """A hash of 64 bits for each row (rows,) int64: equal if all columns and the target are, in whatever order rows
    and columns stand.

    Numbers count by their value, texts as texts; an only column counts without its name.
    """
    columns = table.columns
    if any(column.stand_in or _bytes(column, rows) > LARGEST
           for column in columns.values()):
        return None
    singles = {name: column for name, column in columns.items() if column.words is None and column.shape == ()} \
        if 1 < len(columns) and 2 * len(rows) <= BLOCK else {}
    total = _of_singles(singles, rows)
    for name, column in columns.items():
        if name not in singles:
            total += _hashes(column, rows, name if len(columns) > 1 else "")
    if table.target is not None:
        target = table.target if table.labels is None else Column(table.target.values, table.labels)
        total += _hashes(target, rows, "\0target")
    return _mixed(total).view(np.int64)


def _bytes(column: Column, rows: np.ndarray) -> int:
    if isinstance(column.values, Ragged):
        return column.values.nbytes
    return len(rows) * column.values.itemsize * prod(column.shape)


def _of_singles(columns: dict[str, Column], rows: np.ndarray) -> np.ndarray:
    """The sum of `_hashes` of columns with one number to a row, some columns at a time: of few rows, each would take
    longer by itself than all its numbers."""
    found, names, size = np.zeros(len(rows), np.uint64), list(columns), max(1, BLOCK // max(1, len(rows)))
    for start in range(0, len(names), size):
        some = names[start:start + size]
        words = _words(np.stack([columns[name].values[rows].astype(np.float64) for name in some], 1))
        words ^= _mixed(np.array([_of_text(name) for name in some], np.uint64))
        found += _mixed(words).sum(1, dtype=np.uint64)
    return found


def _hashes(column: Column, rows: np.ndarray, name: str) -> np.ndarray:
    key = np.uint64(_of_text(name))
    if isinstance(column.values, Ragged):       # its own steps alone: what it is padded to hangs on the others
        values, words = column.values, column.words
        parts = [values.row(row)[None] for row in rows.tolist()]
        return np.concatenate([_hashes(Column(part, words), np.arange(1), name) for part in parts])
    if column.words is not None:
        words = np.array([_of_text(word) for word in column.words] + [0],
                         np.uint64)        # a missing one is -1: the last
        found = words[column.values[rows]] ^ key
        return _mixed(found.reshape(len(rows), -1)).sum(1, dtype=np.uint64)
    found = np.empty(len(rows), np.uint64)
    size = max(1, BLOCK // max(1, prod(column.shape)))
    for start in range(0, len(rows), size):
        words = _words(column.values[rows[start:start + size]])
        words ^= _mixed(np.arange(words.shape[1], dtype=np.uint64) * np.uint64(GOLDEN) + key)
        found[start:start + size] = _mixed(words).sum(1, dtype=np.uint64)
    return found


def _words(x: np.ndarray) -> np.ndarray:
    """Rows as words of 64 bits (rows, words): numbers as float64, many bytes eight at a time."""
    rows = x.reshape(len(x), -1)
    if x.dtype.itemsize == 1 and rows.shape[1] >= 8:
        packed = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
        packed[:, :rows.shape[1]] = rows
        return packed.view(np.uint64)
    values = rows.astype(np.float64) + 0.0         # -0 and 0 are one
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def _mixed(x: np.ndarray) -> np.ndarray:
    """Each word mixed in place, so that sums of such are as good as random (the finalizer of splitmix64, Steele et al.
    2014)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x ^= x >> np.uint64(shift)
        x *= np.uint64(factor)
    x ^= x >> np.uint64(31)
    return x


def _of_text(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
