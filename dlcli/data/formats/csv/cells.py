"""The cells of one CSV column as numbers or as texts."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.data.formats.csv.checks import CLASSES, check_texts, if_text, stray_hint
from dlcli.data.formats.csv.rows import check_cell
from dlcli.data.number_text import exact_name, is_number
from dlcli.data.table import Column, quoted_cell
from dlcli.engine.registry import find
from dlcli.errors import DataError
from dlcli.text import quoted

NOT_KNOWN = {"", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "nil", "none", "?", "??", "-", "--", ".",
             "\\n", "missing", "unknown", "undefined"}
"""How other programs write, in small letters, that a value is not known."""

_PLAIN = b"0123456789+-.eE"

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


def read_column(cells: Cells, kind: str | None) -> Column:
    """A column of numbers (float64, NaN if missing) or of texts. StrayTexts if it is of numbers and not all are.

    kind: its type, or None if the cells decide: a column is numeric if more of its cells are numbers than are not,
    and then each that is not is an error.
    """
    numeric = kind is not None and not find("data.columns", kind).texts
    if (kind is None or numeric) and (values := plain_numbers(cells.all)) is not None:
        return Column(cells.missing.blank(values), kind=kind or "numeric")
    counts = Counter(cells.all)
    known = cells.known(cells.texts(counts))
    numbers = {cell: text for cell, text in known.items() if is_number(text)}
    if numeric or kind is None and _mostly_numbers(counts, known, numbers):
        return Column(cells.missing.blank(_numbers(cells, known, numbers)), kind=kind or "numeric")
    if kind is None:
        check_texts(cells, known, numbers)
    return text_column(cells, known, kind)


def text_column(cells: Cells, known: dict[str, str], kind: str | None = None) -> Column:
    """A column of texts. known: the text of each cell that is not missing."""
    words = sorted(set(known.values()))
    index = {word: i for i, word in enumerate(words)}
    codes = {cell: index[text] for cell, text in known.items()}
    for word in words:
        check_cell(
            word,
            lambda word=word: cells.place(next(row for row, cell in enumerate(cells.all) if known.get(cell) == word)),
        )
    values = np.fromiter((codes.get(cell, -1) for cell in cells.all), np.int32, len(cells.all))
    return Column(values, words, kind or "one_hot")


def plain_numbers(cells: Sequence[str]) -> np.ndarray | None:
    """The common case at full speed: every cell is a plain number below 10^18. None if it is not."""
    if "".join(cells).encode().translate(None, _PLAIN):
        return None
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    return values if max(values.max(), -values.min()) < 1e18 else None


def _mostly_numbers(counts: Counter, known: dict, numbers: dict) -> bool:
    """Whether at least half of the cells are numbers. What other programs write for unknown values does not count."""
    weight = sum(map(counts.__getitem__, numbers))
    others = sum(counts[cell] for cell, text in known.items() if cell not in numbers and text.lower() not in NOT_KNOWN)
    return weight >= others if weight else not known


def _numbers(cells: Cells, known: dict, numbers: dict) -> np.ndarray:
    strays = [cell for cell in known if cell not in numbers]
    if strays:
        text, row = known[strays[0]], cells.all.index(strays[0])
        check_cell(text, lambda: cells.place(row))
        hint = "the names of the columns stand in this row again: take it out" if text == cells.title else \
            stray_hint(text, cells)
        raise StrayTexts(cells, row, list(dict.fromkeys(known[cell] for cell in strays)), hint, if_text(cells.target))
    values = dict.fromkeys(cells.all, np.nan)
    for cell, text in numbers.items():
        values[cell] = float(text)
        whole = text.lstrip("+-").lstrip("0")
        if not np.isfinite(values[cell]) or whole.isdecimal() and len(whole) > 18:
            what = ("a whole number of more than 18 digits" if whole.isdecimal() else
                    "a number beyond the range of float64")
            raise DataError(cells.place(cells.all.index(cell)), f"column {cells.title!r} holds {quoted(text)}, {what}",
                            CLASSES if cells.target else "an identifier is no feature: name its column under `drop`, "
                            "or under `types` if it is a category")
    return np.fromiter(map(values.__getitem__, cells.all), np.float64, len(cells.all))
