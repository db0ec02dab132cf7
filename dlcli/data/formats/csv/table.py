"""A file of cells, CSV or JSON lines, as a table of named columns."""

import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from dlcli.data.formats.csv.cells import Cells, Missing, StrayTexts
from dlcli.data.formats.csv.column import read_column
from dlcli.data.formats.csv.header import Header, Known, doubts, known_header, lost_row, read_header
from dlcli.data.formats.csv.missing import marker_warnings, stray_error, with_target
from dlcli.data.formats.csv.rows import CsvText
from dlcli.data.formats.csv.target import Labels, read_target
from dlcli.data.formats.json_lines import JsonText
from dlcli.data.table import Column, Table
from dlcli.errors import SHOWN, ConfigError, ConfigErrors, DataError
from dlcli.text import flow, meant_or_all, quoted_list


class Plan(NamedTuple):
    """What is read of a file. types: kinds of the feature columns, None if the cells decide. texts: see `Known`."""

    header: Header
    types: dict[str, str | None]
    target: str
    task: str
    texts: bool = False


def read_table(text: CsvText | JsonText, options, known: Known | None = None, labelled: bool = True,
               labels: Labels | None = None) -> Table:
    """Rows by the options of source `csv` or `jsonl`.

    known: columns that are not among the known ones are not looked at. labelled: whether the target is read and must be
    there.
    labels: keeps which of the option's keys were of use, over all files of a source.
    """
    trained = known is not None and known.trained
    plan = _plan(text, options, known, labelled)
    header, at = plan.header, {title: i for i, title in reversed([*enumerate(plan.header.names)])}

    def where(row: int, title: str | None) -> str:
        return text.place(row + header.rows, at.get(title))

    cells = _cells(text, header, at, [*plan.types] + [plan.target] * labelled)
    labels = Labels(options.labels) if labels is None else labels
    missing, columns, strays = Missing(options.missing, options.strip), {}, []
    for title in [*cells]:
        try:
            own = Cells(cells.pop(title), title, partial(where, title=title), missing, options.strip, trained,
                        title == plan.target)
            columns[title] = _column(own, plan, options, labels)
        except StrayTexts as error:
            strays.append(error)
    if strays:
        raise stray_error(strays, options.missing, trained)
    warnings = lost_row(text, header, options, columns)
    if known is None:
        warnings += [*doubts(text, header, columns), *_number_or_name(options, header.names), *_index(columns, options),
                     *marker_warnings(columns, options)]
    target = columns.pop(plan.target) if labelled else None
    named = isinstance(text, JsonText) or header.rows and options.columns is None
    order = None if named else header.names
    table = Table(columns, target, plan.target, options.task, order=order, where=where, warnings=warnings,
                  trained=trained)
    return with_target(table, text.name, options.missing_target) if labelled else table


def _plan(text: CsvText | JsonText, options, known: Known | None, labelled: bool) -> Plan:
    if known is not None:
        header = Header(text.names, 0) if isinstance(text, JsonText) else known_header(text, options, known, labelled)
        return Plan(header, known.types, known.target, known.task, known.texts)
    header = Header(text.names, 0) if isinstance(text, JsonText) else read_header(text, options)
    _check_names(options, header.names, text)
    target = header.names[options.target - 1] if isinstance(options.target, int) else options.target
    left_out = {target, *options.drop}
    types = {title: (options.types or {}).get(title) for title in header.names if title not in left_out}
    if not types:
        raise DataError(text.name, "has no column besides the target",
                        text.one_column() if len(header.names) == 1 else "`drop` names all others")
    return Plan(header, types, target, options.task)


def _cells(text: CsvText, header: Header, at: dict[str, int], titles: Sequence[str]) -> dict[str, list[str]]:
    """The cells of each column that is used."""
    if absent := [title for title in titles if title not in at]:
        raise DataError(f"{text.name}:1", f"has no column {quoted_list(absent)}",
                        text.one_column() if len(header.names) == 1 else f"its columns are {quoted_list(header.names)}")
    cells = text.columns([at[title] for title in titles], header.rows)
    if not cells[0]:
        raise DataError(f"{text.name}:1", "has a header and no rows")
    return dict(zip(titles, cells))


def _column(cells: Cells, plan: Plan, options, labels: Labels) -> Column:
    if cells.target:
        return read_target(cells, plan.task, labels, plan.texts)
    kind = plan.types[cells.title]
    column = read_column(cells, kind)
    if kind is None and column.words is not None:
        column.kind = options.categories
    if column.kind == "tokens":
        column.tokens, column.longest = options.tokens, options.longest
    return column


def _check_names(options, names: Sequence[str], text: CsvText) -> None:
    """ConfigErrors if options name columns that the file does not have."""
    there = set(names)
    if options.target not in there and not isinstance(options.target, int) and len(names) == 1:
        raise DataError(f"{text.name}:1", f"has no column {options.target!r} for the target", text.one_column())
    target = (
        names[options.target - 1]
        if isinstance(options.target, int) and options.target <= len(names)
        else options.target
    )
    given = [("target", target)] + [(f"drop.{i}", title) for i, title in enumerate(options.drop)]
    given += [(f"types.{title}", title) for title in options.types or ()]
    errors = []
    for option, title in given:
        where = f"data.source.{options.kind}.{option}"
        if isinstance(title, int):
            there_are = f"{len(names):,} columns" if len(names) > 1 else "1 column"
            errors.append(ConfigError(where, f"{text.name} has {there_are}; the target should be number {title}",
                                      text.one_column() if len(names) == 1 else None))
        elif title not in there:
            what = repr(title) if title else "without a name"
            hint = meant_or_all(title, names) if title and len(errors) < SHOWN else None
            errors.append(ConfigError(where, f"{text.name} has no column {what}", hint))
        elif title == target and option != "target":
            errors.append(ConfigError(where, f"{title!r} is the target"))
    if errors:
        raise ConfigErrors(errors, names)


def _number_or_name(options, names: Sequence[str]) -> list[ConfigError]:
    """A warning if `target` is a number and a name at once, of two columns."""
    number = options.target
    if not isinstance(number, int) or str(number) not in names or names[number - 1] == str(number):
        return []
    chosen = names[number - 1]
    problem = f"is column number {number}, which is called {chosen!r}, and another one is called '{number}'"
    hint = f"`target: {flow(chosen)}` says the same without doubt, `target: {flow(str(number))}` takes the other one"
    return [ConfigError("data.source.csv.target", problem, hint)]


def _index(columns: dict[str, Column], options) -> list[ConfigError]:
    """A warning for the row index that pandas has written, and named when it read it again."""
    found = [title for title in columns if re.fullmatch(r"Unnamed: \d+", title) and title not in (options.types or {})]
    problem = "is what pandas makes of one without a name: as a rule its own row index, which says nothing of the row"
    return [ConfigError(f"data.source.{options.kind}", f"the column {title!r} {problem}",
                        f"`drop: {flow([title])}` leaves it out") for title in found[:1]]
