"""The cells of one CSV column as numbers or as texts."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.data.csv_checks import check_texts, stray_hint
from dlcli.data.csv_text import check_cell
from dlcli.data.table import Column, short
from dlcli.errors import DataError

_PLAIN = frozenset("0123456789+-.eE")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

Place = Callable[[int], str]


def read_column(cells: Sequence[str], title: str, kind: str | None, missing: frozenset[str], strip: bool, place: Place,
                many: bool = False, trained: bool = False, target: bool = False) -> Column:
    """A column of numbers (float64, NaN where missing) or of texts.

    kind: "numeric", "one_hot", "ordinal", "embedded", or None where the cells decide: a column is numeric where more of its
    cells are numbers than are not, and then each that is not is an error. `place(row)` is where a row's cell is. many: any
    number of different texts is as it should be. trained: a network has been trained on such a column. target: it is
    the target's.
    """
    if kind in (None, "numeric") and (values := _plain_numbers(cells)) is not None:
        return Column(values)
    counts = Counter(cells)
    stripped = {cell: cell.strip() if strip else cell for cell in counts}
    known = {cell: text for cell, text in stripped.items() if text not in missing}
    numbers = {cell: text for cell, text in known.items() if _NUMBER.fullmatch(text)}
    weight = sum(map(counts.__getitem__, numbers))
    numeric = kind == "numeric" or kind is None and 2 * weight >= sum(map(counts.__getitem__, known))
    if numeric:
        return Column(_numbers(cells, title, known, numbers, place, trained, target))
    if kind is None and not many:
        check_texts(cells, title, known, numbers, place, target)
    words = sorted(set(known.values()))
    index = {word: i for i, word in enumerate(words)}
    codes = {cell: index[known[cell]] if cell in known else -1 for cell in counts}
    for word in words:
        check_cell(word, lambda word=word: place(next(row for row, cell in enumerate(cells) if known.get(cell) == word)))
    return Column(np.fromiter(map(codes.__getitem__, cells), np.int32, len(cells)), words, kind or "one_hot")


def _plain_numbers(cells: Sequence[str]) -> np.ndarray | None:
    """The common case at full speed: every cell is a short plain number. None where it is not."""
    if not set("".join(cells)) <= _PLAIN or max(map(len, cells)) > 18:
        return None
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _numbers(cells: Sequence[str], title: str, known: dict, numbers: dict, place: Place, trained: bool,
             target: bool) -> np.ndarray:
    for row, cell in enumerate(cells):
        if cell in known and cell not in numbers:
            text = known[cell]
            check_cell(text, lambda row=row: place(row))
            raise DataError(place(row), f"expected a number in column {title!r}, got {short(text) if text else 'an empty cell'}",
                            stray_hint(text, trained, target))
    values = {cell: np.nan for cell in cells}
    for cell, text in numbers.items():
        values[cell] = float(text)
        whole = text.lstrip("+-").lstrip("0")
        if not np.isfinite(values[cell]) or whole.isdecimal() and len(whole) > 18:
            what = "a whole number beyond 64 bits" if whole.isdecimal() else "a number beyond the range of float64"
            raise DataError(place(next(i for i, c in enumerate(cells) if c == cell)), f"column {title!r} holds {short(text)}, {what}",
                            "an identifier is no feature: name its column under `drop`, or under `types` if it is a category")
    return np.fromiter(map(values.__getitem__, cells), np.float64, len(cells))
