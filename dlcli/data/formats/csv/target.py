"""The target column of a CSV file: classes by the text of their cells, or values."""

from dataclasses import replace

import numpy as np

from dlcli.data.formats.csv.cells import NOT_KNOWN, Cells, StrayTexts
from dlcli.data.formats.csv.column import plain_numbers, read_column, text_column
from dlcli.data.number_text import exact_name, is_number
from dlcli.data.table import Column
from dlcli.data.target.learned import few_whole
from dlcli.errors import SHOWN, ConfigError, ConfigErrors
from dlcli.text import meant_or_all, quoted


class Labels:
    """Other names for the target's texts (option `labels`), and which of them were of use in the files read so far.

    A key means the cells of the same text and, if both are numbers, those of equal value.
    """

    def __init__(self, labels: dict[str, str] | None):
        self._labels = labels or {}
        self._keys = {name: key for key in self._labels if (name := exact_name(key)) is not None}
        self._used: set[str] = set()
        self._seen: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._labels)

    def rename(self, text: str) -> str | None:
        """The other name of a text; None if it keeps its own."""
        self._seen[text] = None
        key = text if text in self._labels else self._keys.get(exact_name(text))
        if key is None:
            return None
        self._used.add(key)
        return self._labels[key]

    def check(self, where: str) -> None:
        """ConfigErrors for keys that no cell has. where: path of the option."""
        seen = sorted(self._seen)
        unused = [key for key in self._labels if key not in self._used]
        errors = [ConfigError(f"{where}.{key}", f"no row has the class {quoted(key)}",
                              meant_or_all(key, seen) if i < SHOWN else None) for i, key in enumerate(unused)]
        if errors:
            raise ConfigErrors(errors)


def read_target(cells: Cells, task: str, labels: Labels, as_text: bool = False) -> Column:
    """A column of numbers if the target is values, or classes that are numbers; else of texts.

    task: "classification", "regression", or "auto" if the cells decide. Numbers are classes by their value (0 and
    0.0 are one) as long as no cell is a code such as 007 or has more digits than float64 holds: then each text is a
    class of its own. as_text: whether it is so in any case, since classes of an earlier file are texts.
    """
    count, undecided = len(cells.all), task == "auto" and not labels
    if undecided and (values := plain_numbers(cells.all)) is not None:
        if not few_whole(cells.missing.blank(values), count):
            return Column(values)
    texts = cells.texts(cells.all)
    renamed = {cell: new for cell, text in texts.items() if (new := labels.rename(text)) is not None} if labels else {}
    texts |= renamed
    if task == "regression":
        return read_column(replace(cells, all=[texts[cell] for cell in cells.all]), "numeric")
    known = cells.known(texts)
    kept = {cell: text for cell, text in known.items() if cell not in renamed}
    numbers = all(map(is_number, kept.values()))
    if undecided and (not numbers or not few_whole(np.array([*map(float, kept.values())]), count)):
        return read_column(cells, None)
    names = {cell: exact_name(text) for cell, text in kept.items()}
    if as_text or None in names.values():
        if not numbers and not as_text and not cells.trained:
            _refuse_unknown(cells, kept)
        return text_column(cells, known)
    if renamed:
        return text_column(cells, known | names)
    values = {cell: float(names[cell]) if cell in names else np.nan for cell in texts}
    return Column(np.fromiter(map(values.__getitem__, cells.all), np.float64, count))


def _refuse_unknown(cells: Cells, texts: dict[str, str]) -> None:
    """StrayTexts if all classes are numbers, but for texts that other programs write for values not known."""
    strays = {cell: text for cell, text in texts.items() if not is_number(text)}
    if len(strays) < len(texts) and all(text.lower() in NOT_KNOWN for text in strays.values()):
        raise StrayTexts(cells, cells.all.index(next(iter(strays))), list(strays.values()), "",
                         "if it is a class, give it another name under `labels`")
