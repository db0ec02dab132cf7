"""The cells of one CSV column as a column of numbers or of texts."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dlcli.data.formats.csv.cells import NOT_KNOWN, Cells, StrayTexts
from dlcli.data.formats.csv.checks import CLASSES, check_texts, if_text, stray_hint
from dlcli.data.formats.csv.rows import check_cell
from dlcli.data.number_text import is_number
from dlcli.data.table import Column
from dlcli.engine.registry import find
from dlcli.errors import DataError
from dlcli.text import quoted

_PLAIN = b"0123456789+-.eE"


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
    for word in words if kind != "tokens" else ():
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
