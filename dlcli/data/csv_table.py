"""A CSV file as a table of named columns."""

from collections.abc import Sequence
from typing import NamedTuple

from dlcli.data.csv_cells import read_column
from dlcli.data.csv_text import CsvText
from dlcli.data.problems import Problems
from dlcli.data.table import Column, Table, listed, nearest, short
from dlcli.errors import ConfigError, DataError


class Known(NamedTuple):
    """What a further file takes from the first: kinds of the feature columns, name of the target, and `Table.order`.

    trained: whether a network has been trained on the first, so that no option can be changed any more.
    """

    types: dict[str, str]
    target: str
    order: list[str] | None
    trained: bool = False

    @classmethod
    def of(cls, table: Table) -> "Known":
        types = {title: "numeric" if column.words is None else column.encoding for title, column in table.columns.items()}
        return cls(types, table.target_name, table.order)


def read_table(data: bytes, name: str, options, known: Known | None = None, labelled: bool = True) -> Table:
    """Rows by the options of source `csv`.

    known: columns that are not among the known ones are not looked at. labelled: whether the target is read and must be there.
    """
    text = CsvText(data, name, options.delimiter, options.encoding, options.strip)
    names, first = _names(text, options) if known is None or known.order is None else _known_names(text, options, known, labelled)
    if len(text.rows) == first:
        raise DataError(f"{name}:1", "has a header and no rows")
    if known is None:
        _check_names(options, names, text)
        target = names[options.target - 1] if isinstance(options.target, int) else options.target
        types = _types(options, names, target, text)
    else:
        types, target = known.types, known.target
    absent = [title for title in types if title not in names] + [target] * (labelled and target not in names)
    if absent:
        raise DataError(f"{name}:1", f"has no column {listed(absent)}", _one_column(names, text) or f"its columns are {listed(names)}")
    cells = list(zip(*text.rows[first:]))
    missing = frozenset(m.strip() if options.strip else m for m in options.missing)

    def column(title: str, kind: str | None, many: bool = False) -> Column:
        at = names.index(title)
        values = cells[at]
        if title == target and options.labels:
            values = [options.labels.get(cell.strip() if options.strip else cell, cell) for cell in values]
        return read_column(values, title, kind, missing, options.strip, lambda row: text.place(row + first, at), many,
                           known is not None and known.trained, title == target)

    columns = {title: column(title, kind) for title, kind in types.items()}
    for title, kind in types.items():
        if kind is None:
            columns[title].encoding = options.categories
    found = None
    if labelled:
        kind = "numeric" if options.task == "regression" else "one_hot" if options.labels else None
        found = column(target, kind, many=options.task == "classification")
    return Table(columns, found, target, options.task, order=None if first and options.columns is None else names,
                 where=lambda row, title: text.place(row + first, names.index(title) if title in names else None))


def names_of_columns(data: bytes, name: str, options) -> list[str]:
    """Names of all columns of a file, in its order."""
    return _names(CsvText(data, name, options.delimiter, options.encoding, options.strip), options)[0]


def _names(text: CsvText, options) -> tuple[list[str], int]:
    """Column names, and how many rows of the file the header takes."""
    first = [cell.strip() for cell in text.rows[0]]
    header = options.header
    if header == "auto":
        header = options.columns is None and not any(map(_is_number, first))
    names = options.columns if options.columns is not None else first if header else [f"column{i + 1}" for i in range(len(first))]
    if len(names) != len(first):
        raise ConfigError("data.source.csv.columns", f"names {len(names)} columns, and {text.name} has {len(first)}",
                        f"is the delimiter {text.delimiter!r}?" if len(first) == 1 else None)
    for i, title in enumerate(names):
        if not title:
            raise DataError(text.place(0, i), "is a column without a name", "is there a delimiter at the end of each line?")
        if title in names[:i]:
            raise DataError(text.place(0, i), f"the column name {short(title)} is there twice")
    return list(names), int(bool(header))


def _known_names(text: CsvText, options, known: Known, labelled: bool) -> tuple[list[str], int]:
    """Column names of a further file whose header does not tell them; the target's column may be left out where it is not needed."""
    first = [cell.strip() for cell in text.rows[0]]
    if set(first) <= set(known.order) and len(set(first)) == len(first):
        return first, 1
    if len(first) == len(known.order):
        return known.order, int(options.header is True)
    if len(first) == len(known.order) - 1 and not labelled:
        return [title for title in known.order if title != known.target], int(options.header is True)
    raise DataError(text.place(0), f"has {len(first)} columns; expected {len(known.order)}: {listed(known.order)}",
                    _one_column(first, text))


def _one_column(names: Sequence[str], text: CsvText) -> str | None:
    """A hint where all of a row stands in one cell."""
    return f"the file has one column: its cells should be divided by {text.delimiter!r}" if len(names) == 1 else None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _check_names(options, names: Sequence[str], text: CsvText) -> None:
    """Problems where options name columns that the file does not have."""
    if options.target not in names and not isinstance(options.target, int) and len(names) == 1:
        raise DataError(f"{text.name}:1", f"has no column {options.target!r} for the target",
                        f"the file has one column: is its delimiter really {text.delimiter!r}?")
    target = names[options.target - 1] if isinstance(options.target, int) and options.target <= len(names) else options.target
    given = [("target", target)] + [(f"drop.{i}", title) for i, title in enumerate(options.drop)]
    given += [(f"types.{title}", title) for title in options.types or ()]
    errors = []
    for option, title in given:
        where = f"data.source.csv.{option}"
        if isinstance(title, int):
            errors.append(ConfigError(where, f"{text.name} has {len(names)} columns; the target should be number {title}"))
        elif title not in names:
            errors.append(ConfigError(where, f"{text.name} has no column {title!r}", nearest(title, names)))
        elif title == target and option != "target":
            errors.append(ConfigError(where, f"{title!r} is the target"))
    if errors:
        raise Problems(errors, names)


def _types(options, names: Sequence[str], target: str, text: CsvText) -> dict[str, str | None]:
    """Kind of each feature column; None where the cells decide."""
    types = {title: (options.types or {}).get(title) for title in names if title != target and title not in options.drop}
    if not types:
        raise DataError(text.name, "has no column besides the target", f"is the delimiter really {text.delimiter!r}?")
    return types
