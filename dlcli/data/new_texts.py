"""Texts for a trained network: given as they are, a line each of a file, or by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.data.class_texts import lines, read_classes, text_column
from dlcli.data.columns.tokens import Tokens
from dlcli.data.files.find import Files
from dlcli.data.table import Table
from dlcli.errors import DataError, UsageError
from dlcli.notices import info
from dlcli.text import count

if TYPE_CHECKING:
    from dlcli.data.fitted import Fitted

ROWS = (".csv", ".tsv", ".jsonl", ".txt", ".gz", ".zip")
"""Endings of files that texts stand in."""


@dataclass(frozen=True)
class Sentences:
    """texts: without blanks at both ends. places: where each stands, in the user's terms. file: that they are lines of;
    None if they were given themselves."""

    texts: list[str]
    places: list[str]
    file: str | None = None


def takes_texts(fitted: "Fitted") -> bool:
    """Whether a text is all that a row of the run is."""
    return len(fitted.columns) == 1 and isinstance(fitted.columns[0], Tokens) and not fitted.columns[0].running


def sentences_of(names: Sequence[str], fitted: "Fitted") -> Sentences | None:
    """The texts that inputs are, or those of a file with one on each line; None if they are a file of rows. What is
    there, or looks like the name of a file, is one."""
    files = Files(Path())
    named = [is_file(files, name) for name in names]
    if any(named) and len(names) > 1:
        raise UsageError(names[named.index(True)], "is a file, and one file is read, or texts are",
                         "predict them one by one")
    if any(named):
        return in_lines(files, names[0], fitted) if is_lines(names[0], fitted) else None
    empty = next((i for i, name in enumerate(names) if not name.strip()), None)
    if empty is not None:
        raise UsageError(f"text {empty + 1}", "is empty: there is nothing to predict")
    return Sentences([name.strip() for name in names], [f"text {i}" for i in range(1, len(names) + 1)])


def is_file(files: Files, name: str) -> bool:
    """Whether an input is a file or folder, and no text."""
    return name.lower().endswith(ROWS) and not any(map(str.isspace, name)) or _place(files, name) is not None


def _place(files: Files, name: str) -> Path | None:
    """Where a file or folder of this name is, if there is one."""
    try:
        return files.find(name) if name.strip() and "\n" not in name else None
    except (DataError, OSError, ValueError):        # a long text is no name of a file
        return None


def is_lines(name: str, fitted: "Fitted") -> bool:
    """Whether a file has a text on each line. Of a run whose table was a .txt file, such a file is a table."""
    table = fitted.source.get("csv", {}).get("file", "")
    tables = table.values() if isinstance(table, dict) else [table]
    return name.lower().endswith(".txt") and not any(own.lower().endswith(".txt") for own in tables)


def in_lines(files: Files, name: str, fitted: "Fitted") -> Sentences:
    """The lines of a file. DataError if nothing is in it; empty lines are passed over, and their number is said."""
    found = [(place, text.strip()) for place, text in lines(files, name, _encoding(fitted), trained=True)]
    full = [(place, text) for place, text in found if text]
    if not full:
        raise DataError(name, "holds no text")
    if len(full) < len(found):
        info(f"{name}: {count(len(found) - len(full), 'empty line')} passed over")
    return Sentences([text for _, text in full], [place for place, _ in full], name)


def sentence_table(sentences: Sentences, fitted: "Fitted") -> Table:
    """DataError if the run takes none."""
    if not takes_texts(fitted):
        raise DataError(sentences.places[0], "is a text, and the run was trained on other rows")
    return Table({fitted.columns[0].name: text_column(sentences.texts)},
                 where=lambda row, title: sentences.places[row])


def class_table(files: Files, names: Sequence[str], fitted: "Fitted") -> Table:
    """Texts by class: a folder with a folder for each class, or `class=file` for each."""
    written = names[0]
    if any("=" in name for name in names):
        written = {}
        for name in names:
            label, _, path = name.partition("=")
            if not path or label in written:
                raise UsageError(name, "expected a class and its file, each class once",
                                 "--data pos=a.txt --data neg=b.txt")
            written[label] = path
    elif len(names) > 1:
        raise DataError(names[1], f"would not be read beside {names[0]}", "--data pos=a.txt --data neg=b.txt")
    found = read_classes(files, written, _encoding(fitted), trained=True)
    if found.passed_over:
        info(f"{names[0]}: {found.passed_over}")
    table = found.table(names[0], None, None)
    table.columns, table.target_name = {fitted.columns[0].name: table.columns.popitem()[1]}, fitted.target.name
    return table


def by_class(name: str, files: Files) -> bool:
    """Whether an input is texts by class: `class=file`, or a folder."""
    place = _place(files, name)
    return "=" in name if place is None else place.is_dir()


def _encoding(fitted: "Fitted") -> str:
    """As of the training files."""
    return next(iter(fitted.source.values())).get("encoding", "utf-8")
