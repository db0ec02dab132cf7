"""The names of a CSV file's columns: which row holds them, and what is said if that is not sure."""

from collections.abc import Sequence
from typing import NamedTuple

from dlcli.data.formats.csv.rows import CsvText
from dlcli.data.number_text import exact_name
from dlcli.data.table import Column, Table
from dlcli.data.target._target import FittedTarget
from dlcli.errors import ConfigError, DataError
from dlcli.text import quoted, quoted_list

WHERE = "data.source.csv.header"
SHOWN = 6
"""Cells that a message lists."""
_INDEX = "the first column is a row index, as pandas and R write it: `drop: [\"\"]` leaves it out; " \
    "`to_csv(FILE, index=False)` and `write.csv(x, FILE, row.names=FALSE)` write none"
_NAMELESS = "`drop: [\"\"]` leaves out columns without a name; is there a delimiter at the end of each line?"


class Known(NamedTuple):
    """What a further file takes from the first: kinds of the features, name and task of the target, and `Table.order`.

    texts: whether classes are texts that are compared as they are; else equal numbers are one. trained: whether a
    network has been trained on the first, so that no option can be changed any more.
    """

    types: dict[str, str]
    target: str
    task: str
    order: list[str] | None
    texts: bool = False
    trained: bool = False

    @classmethod
    def of(cls, table: Table, task: str) -> "Known":
        types = {title: column.kind for title, column in table.columns.items()}
        return cls(types, table.target_name, task, table.order, table.target.words is not None)

    @classmethod
    def trained_on(cls, types: dict[str, str], target: FittedTarget, order: list[str] | None) -> "Known":
        """What a trained run takes from its first file. target: as it has learned it."""
        texts = any(exact_name(label) != label for label in target.labels or ())
        return cls(types, target.name, target.task, order, texts, True)


class Header(NamedTuple):
    """names: of all columns. rows: how many rows of the file they take. guessed: whether the cells decided so."""

    names: list[str]
    rows: int
    guessed: bool = False


def read_header(text: CsvText, options) -> Header:
    """The names by the options; with `header: auto`, those of the first row if it holds the target's name, if none of
    its cells is a number, or if they count from 0."""
    first = [cell.strip() for cell in text.first]
    if options.columns is not None:
        if len(options.columns) != len(first):
            raise ConfigError("data.source.csv.columns", f"names {len(options.columns)} columns, and {text.name} has "
                              f"{len(first)}", text.one_column() if len(first) == 1 else None)
        header = Header(list(options.columns), int(options.header is True))
    elif options.header == "auto":
        named = options.target in first
        here = named or _counted(first) or not any(map(_is_number, first))
        header = Header(first if here else _numbered(first), int(here), not named)
    else:
        header = Header(first if options.header else _numbered(first), int(options.header))
    _check_unique(header.names, text, options.drop)
    return header


def _numbered(first: Sequence[str]) -> list[str]:
    return [f"column{i + 1}" for i in range(len(first))]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _counted(first: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2, ... as pandas names the columns of an array, maybe after its row index."""
    titles = first[first[0] == "":]
    return len(titles) > 1 and all(title == str(i) for i, title in enumerate(titles))


def nameless_header(text: CsvText, options) -> tuple[Header, str | None]:
    """The names of new rows for a run whose source has none, and what is to be said of them. A first row of numbers is
    data, unless they count from 0 in three columns and more."""
    first = [cell.strip() for cell in text.first]
    if not all(map(_is_number, first)):
        return read_header(text, options), None
    names = len(first) > 2 and _counted(first)
    what = "the names of the columns, as pandas writes them" if names else "data"
    said = f"{_cited(text, first)} is taken for {what}" if _counted(first) else None
    return Header(first if names else _numbered(first), int(names)), said


def _check_unique(names: Sequence[str], text: CsvText, dropped: Sequence[str]) -> None:
    seen = set()
    for i, title in enumerate(names):
        if not title and "" not in dropped:
            raise DataError(text.place(0, i), "is a column without a name", _INDEX if i == 0 else _NAMELESS)
        if title and title in seen:
            raise DataError(text.place(0, i), f"the column name {quoted(title)} is there twice")
        seen.add(title)


def known_header(text: CsvText, options, known: Known, labelled: bool) -> Header:
    """The names of a further file. If the first had a header, so has this one; else the target's column may be left
    out if it is not needed, unless it could as well be another one that is missing."""
    first = [cell.strip() for cell in text.first]
    if known.order is None:
        wanted = {*known.types, known.target}
        _check_unique([title for title in first if title in wanted], text, ())
        return Header(first, 1)
    if set(first) <= set(known.order) and len(set(first)) == len(first):
        return Header(first, 1)
    if len(first) == len(known.order):
        return Header(known.order, int(options.header is True))
    lacking = len(first) == len(known.order) - 1 and not labelled
    if lacking and not options.drop:
        return Header([title for title in known.order if title != known.target], int(options.header is True))
    absent = quoted_list([known.target, *options.drop], SHOWN)
    doubt = f"; which one is missing, {absent}, nothing tells" if lacking else ""
    names = [title for title in known.order if title in known.types or labelled and title == known.target]
    hint = f"names in a first row tell which columns there are; needed are {quoted_list(names)}"
    expected = f"expected {len(known.order)}: {quoted_list(known.order)}{doubt}"
    raise DataError(text.place(0), f"has {len(first)} columns; {expected}",
                    text.one_column() if len(first) == 1 else hint)


def doubts(text: CsvText, header: Header, columns: dict[str, Column]) -> list[ConfigError]:
    """What is to be said if the cells decided that the first row holds names, or that it does not. ConfigError if
    nobody can tell.

    columns: those that are used, by name; their values begin below the header.
    """
    if not header.guessed:
        return []
    first = [cell.strip() for cell in text.first]
    if not header.rows:
        return _a_header_after_all(text, first, columns)
    if _counted(first):
        return _counting(text, first, columns)
    texts_only = all(column.words is not None for column in columns.values())       # a name above numbers is a name
    again = [title for title, column in columns.items() if title in column.words] if texts_only else []
    if not again:
        return []
    problem = f"the first row of {text.name} is taken for the names of the columns, and {quoted_list(again, SHOWN)}"
    return [ConfigError(WHERE, f"{problem} {'stands' if len(again) == 1 else 'stand'} below again, in the same column",
                        "`header: false` makes it a row of data, `header: true` says that it holds names")]


def _counting(text: CsvText, first: Sequence[str], columns: dict[str, Column]) -> list[ConfigError]:
    """A first row 0, 1, 2, ...: names, as a rule. Two are too few to tell, and so are any that stand below again."""
    what = _cited(text, first)
    hint = "`header: true` makes it names, `header: false` a row of data"
    if len(first) - (first[0] == "") == 2 or all(_holds(column, title) for title, column in columns.items()):
        raise ConfigError(WHERE, f"{what} can hold names, as pandas writes them, or data", hint)
    return [ConfigError(WHERE, f"{what} is taken for the names of the columns, as pandas writes them", hint)]


def _cited(text: CsvText, first: Sequence[str]) -> str:
    return f"the first row of {text.name}, `{','.join(first[:4])}{',...' if len(first) > 4 else ''}`,"


def _holds(column: Column, title: str) -> bool:
    return title in column.words if column.words is not None else bool((column.values == float(title)).any())


def lost_row(text: CsvText, header: Header, options, columns: dict[str, Column]) -> list[ConfigError]:
    """A warning if the first row is passed over for a header, since `columns` has the names, and looks like data:
    if columns of numbers have numbers there, or all texts stand below again. columns: as for `doubts`."""
    if not header.rows or options.columns is None:
        return []
    first = [cell.strip() for cell in text.first]
    if set(first) <= set(options.columns):
        return []
    cells = dict(zip(header.names, first))
    numbers = [cells[title] for title, column in columns.items() if column.words is None]
    if numbers:
        data = all(map(_is_number, numbers)) and not (len(numbers) > 1 and _count_up(numbers))
    else:
        data = all(cells[title] in column.words for title, column in columns.items())
    problem = f"{_cited(text, first)} is left out as names of columns (`header: true`), and looks like data"
    return [ConfigError(WHERE, problem, "`header: false` makes it a row of data")] if data else []


def _count_up(cells: Sequence[str]) -> bool:
    """Whether cells are whole numbers, each by one above that before it."""
    return all(cell.isdecimal() and len(cell) < 16 for cell in cells) and \
        all(int(b) == int(a) + 1 for a, b in zip(cells, cells[1:]))


def _a_header_after_all(text: CsvText, first: Sequence[str], columns: dict[str, Column]) -> list[ConfigError]:
    """A warning if whole numbers of the first row count up by one (years, say), and its cells are nowhere else."""
    numbers = [cell for cell in first if _is_number(cell)]
    texts = [column for column in columns.values()
             if column.words is not None and len(column.values) >= max(20, 2 * len(column.words))]
    alone = sum((column.values == column.values[0]).sum() == 1 for column in texts or columns.values())
    if not _count_up(numbers) or len(numbers) + len(texts) < 3 or not alone or alone < len(texts):
        return []
    problem = f"the first row of {text.name} is taken for data, and looks like the names of columns"
    return [ConfigError(WHERE, f"{problem}: {quoted_list(first, SHOWN)}",
                        "`header: true` makes it names, `header: false` says that it is data")]
