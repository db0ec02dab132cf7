"""Rows as a source delivers them, before anything is fitted: named columns of numbers or of text."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

import numpy as np
from annotated_types import Ge

from dlcli.data.number_text import number_name
from dlcli.data.ragged import Ragged
from dlcli.errors import ConfigError, DataError
from dlcli.text import quoted

Longest = Annotated[int, Ge(1)]
"""Tokens at which a longer text is cut."""
BLOCK = 1 << 17
"""Elements that are looked at or prepared at a time: they stay in cache, and whole columns never exist in float64."""
TABLE = 1 << 16
"""Whole numbers below this are looked up in a table."""


@dataclass
class Column:
    """One named thing about every row.

    values: numbers of any real type, (rows, ...), NaN if missing; for text, indices into `words` (rows,), -1 if
    missing.
    words: the different texts of a column of text, else None.
    kind: its type, a file of `data/columns`; a target has none.
    divisor: the numbers are values / divisor, so that bytes stay bytes until the last moment.
    picture: (height, width, channels) if rows are pictures, whatever their layout. top: the value that is white;
    None: unknown.
    sound: how recordings became frames (`audio.log_mel.Form` by its fields), if they are such. normalize: what is done
    to each row of frames by itself (`columns.frames.normalized`).
    tokens: the tokenizer of free text, as a config names it. longest: steps at which longer rows are cut; None: none.
    mapped: whether the values are a file that is read as it is needed, and not to be copied.
    """

    values: np.ndarray
    words: list[str] | None = None
    kind: str = "numeric"
    divisor: float = 1.0
    picture: tuple[int, int, int] | None = None
    top: float | None = None
    mapped: bool = False
    tokens: object = None
    longest: int | None = None
    sound: dict | None = None
    normalize: str | None = None

    @property
    def shape(self) -> tuple:
        """Shape of one row's value."""
        return self.values.shape[1:]

    @property
    def stand_in(self) -> bool:
        """Whether only shape and type are real: all rows are the same memory, whose values mean nothing."""
        values = self.values.values if isinstance(self.values, Ragged) else self.values
        return isinstance(values, np.ndarray) and values.strides[0] == 0

    @cached_property
    def classes(self) -> tuple[list[str], np.ndarray]:
        """Its values as classes: their names in order (texts sorted, numbers by size), and for each row the index of
        its name, -1 if missing, in the smallest type that holds it."""
        values = self.values
        if self.words is not None:
            found = np.unique(values)
            found = found[found >= 0]
            names = sorted(self.words[code] for code in found)
            index = {name: i for i, name in enumerate(names)}
            place = np.full(len(self.words) + 1, -1, _small(len(names)))
            place[found] = [index[self.words[code]] for code in found]
            return names, place[values]
        if values.dtype.kind in "iu" and values.size and values.min() >= 0 and values.max() < TABLE:
            # a table is many times faster than sorting with the way back, which counts for masks of pixels
            found = np.unique(values)
            place = np.zeros(int(found[-1]) + 1, _small(len(found)))
            place[found] = np.arange(len(found))
            return [number_name(value) for value in found.tolist()], place[values]
        found, ids = np.unique(values, return_inverse=True)
        known = found == found
        named = found[known] if values.dtype.itemsize < 8 else found[known].tolist()    # float32 has its own digits
        place = np.where(known, np.arange(len(found)), -1).astype(_small(len(found)))
        return [number_name(value) for value in named], place[ids.reshape(values.shape)]


def _small(count: int) -> np.dtype:
    """The smallest type for ids below a count, and for -1."""
    return np.min_scalar_type(-max(1, count))


def count_missing(column: Column) -> int:
    """Rows that lack a value, or some of an array."""
    if column.stand_in or (column.words is None and column.values.dtype.kind != "f"):
        return 0
    lacking = column.values < 0 if column.words is not None else np.isnan(column.values)
    return int(np.count_nonzero(lacking if lacking.ndim == 1 else lacking.reshape(len(lacking), -1).any(1)))


def row_number(row: int, column: str | None) -> str:
    """The place of a row if a source knows no better: rows count from 1."""
    return f"row {row + 1}" + (f", column {column!r}" if column else "")


def quoted_cell(text: str) -> str:
    """The text of a cell, for messages."""
    return quoted(text) if text else "an empty cell"


@dataclass
class Table:
    """Some rows: the columns that a network may read, and the target.

    task: "classification", "regression", or "auto" if the target's values decide.
    classes: class ids are 0 to classes - 1; None: the labels of the training split are the classes.
    labels: names of the classes by id, if the target holds ids and the source knows what they mean.
    order: names of all columns of a file that has no header, in the file's order; None if names need not be told.
    trained: whether the rows are for a network that is trained already, so that no option can be changed any more.
    about: what the source has to say of its rows, in one line.
    warnings: what is probably wrong, each at the place in the config that settles it.
    target_hint: what to do about rows without a target, the hint of an error about one.
    kept: whether each row of the file is one of the table's (bool); None if all are.
    indivisible: why no split can be cut from the rows, as the end of a sentence; None if they can be divided.
    origin: what the rows' file is, whatever its name: its sha256. None if they come from no file.
    where: the place of a row (counted from 0) and a column, in the user's terms, for errors.
    """

    columns: dict[str, Column]
    target: Column | None = None
    target_name: str | None = None
    task: str = "auto"
    classes: int | None = None
    labels: list[str] | None = None
    order: list[str] | None = None
    about: str | None = None
    warnings: list[ConfigError] = field(default_factory=list)
    target_hint: str = "take rows without a target out of the file"
    kept: np.ndarray | None = None
    where: Callable[[int, str | None], str] = row_number
    trained: bool = False
    indivisible: str | None = None
    origin: Callable[[], str] | None = None

    def __len__(self) -> int:
        column = self.target if self.target is not None else next(iter(self.columns.values()))
        return len(column.values)


def check_range(table: Table, dtype: str) -> None:
    """DataError if a value is infinite or beyond the network's float type. Missing values pass."""
    limit = np.finfo(dtype).max      # not as a float: beside float32 that of float64 would become infinite
    for name, column in table.columns.items():
        values = column.values
        if column.words is not None or values.dtype.kind != "f" or column.stand_in:
            continue
        size = max(1, BLOCK // max(1, values[0].size))
        for start in range(0, len(values), size):
            bad = np.abs(values[start:start + size]) > limit
            if bad.any():
                place = np.argwhere(bad)[0]
                place[0] += start
                raise DataError(
                    table.where(int(place[0]), name),
                    f"column {name!r} holds {values[tuple(place)]}, beyond the largest number of {dtype}, {limit:.3g}",
                )
