"""The cells of one CSV column, and which of them mean that a value is not known."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.data.number_text import exact_name, is_number
from dlcli.data.table import quoted_cell

NOT_KNOWN = {"", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "nil", "none", "?", "??", "-", "--", ".",
             "\\n", "missing", "unknown", "undefined"}
"""How other programs write, in small letters, that a value is not known."""

Place = Callable[[int], str]


class Missing:
    """What cells mean that a value is not known: the given texts, and of those that are numbers all of equal value."""

    def __init__(self, texts: Sequence[str], strip: bool):
        self._texts = frozenset(text.strip() if strip else text for text in texts)
        self._values = {float(text) for text in self._texts if is_number(text)}
        self._numbers = np.array(sorted(self._values))
        self._names = {exact_name(text) for text in self._texts} - {None}

    def __contains__(self, text: str) -> bool:
        """Codes such as 007, and identifiers beyond the digits of float64, are no numbers here."""
        if text in self._texts or not self._names:
            return text in self._texts
        return is_number(text) and float(text) in self._values and exact_name(text) in self._names

    def blank(self, values: np.ndarray) -> np.ndarray:
        """Numbers, with NaN in place of those that mean that a value is not known."""
        if self._values:
            values[np.isin(values, self._numbers)] = np.nan
        return values


@dataclass(frozen=True)
class Cells:
    """The cells of one column, and how they are read.

    all: of every row. title: the column's name. place: `place(row)` is where a row's cell is. strip: whether spaces
    around a cell are no part of it. trained: a network has been trained on such a column, so that no option can be
    changed any more. target: it is the target's.
    """

    all: Sequence[str]
    title: str
    place: Place
    missing: Missing
    strip: bool
    trained: bool = False
    target: bool = False

    def texts(self, cells: Iterable[str]) -> dict[str, str]:
        """The text of each different cell."""
        return {cell: cell.strip() if self.strip else cell for cell in dict.fromkeys(cells)}

    def known(self, texts: dict[str, str]) -> dict[str, str]:
        """Those of them that are values."""
        return {cell: text for cell, text in texts.items() if text not in self.missing}


class StrayTexts(Exception):
    """Cells of a column of numbers that are none. row: of the first one, whose place is found when it is asked for.
    texts: the different ones, by their first row, at most `MOST`. hint_if_text: what to do if they are no missing
    values."""

    MOST = 20

    def __init__(self, cells: Cells, row: int, texts: list[str], hint: str, hint_if_text: str):
        self.place, self.row, self.title, self.texts = cells.place, row, cells.title, texts[:self.MOST]
        self.problem = f"expected a number in column {self.title!r}, got {quoted_cell(texts[0])}"
        self.hint, self.hint_if_text = hint, hint_if_text
