"""A CSV file as a time series: columns, times, and where stretches without a gap begin."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dlcli.data.formats.csv.cells import Cells, Missing, StrayTexts
from dlcli.data.formats.csv.column import read_column
from dlcli.data.formats.csv.header import read_header
from dlcli.data.formats.csv.missing import stray_error
from dlcli.data.formats.csv.rows import CsvText
from dlcli.data.series_gaps import Where, close_gaps, place_on_grid
from dlcli.data.table import Column, Table
from dlcli.data.text_kinds import NOTATION
from dlcli.data.times import PERIODS, WRITTEN, Clock, NoTime, Written, calendar, clock_of, like, read_times
from dlcli.engine.registry import create
from dlcli.errors import ConfigError, ConfigErrors, DataError
from dlcli.notices import info
from dlcli.text import listed, meant_or_all, quoted_list

if TYPE_CHECKING:
    from dlcli.data.sources.series import Series

PLACE = "data.source.series"
OTHERWISE = "`time_format` says another way, such as \"%d/%m/%Y\""
LEAVE = "`inputs` names the columns that are read"


@dataclass
class SeriesTable:
    """The steps of one file, gaps closed or cut out.

    table: what the network reads; its `where` knows the file's lines. key: the table with the times, by which its rows
    are told from others. targets: (steps, targets) float64; None if the file lacks them, and need not have them.
    breaks: first step of each stretch. clock: None if the series has no times (times is empty then) or a single one.
    said: what was missing.
    """

    table: Table
    key: Table
    targets: np.ndarray | None
    breaks: np.ndarray
    clock: Clock | None
    times: np.ndarray
    said: str | None = None

    def time_texts(self, first: int, count: int) -> list[str]:
        """The times of so many steps; behind the last one they go on by the spacing."""
        known = [self.clock.text(int(value)) for value in self.times[first:first + count]]
        ahead = range(max(first - len(self.times) + 1, 1), first + count - len(self.times) + 1)
        return known + [self.clock.text(self.clock.after(int(self.times[-1]), i)) for i in ahead]


def read_series(data: bytes, name: str, source: "Series", imputed: set[str] | None, kinds: dict | None = None,
                labelled: bool = True, clock: Clock | None = None, trained: bool = False) -> SeriesTable:
    """imputed: columns whose missing values are filled later; None: all. kinds: of the columns to read, as an earlier
    file has them; None: by the options and the cells. clock: of an earlier file. DataError names line and time."""
    options = create("data.sources", {"csv": {
        "file": name, "target": source.targets[0], "header": True, "missing": list(source.missing),
        "delimiter": source.delimiter, "encoding": source.encoding, "drop": [""]}})
    text = CsvText(data, name, options, trained)
    header = read_header(text, options)
    if kinds is None:
        _check_names(source, header.names, text)
    made = [title for feature in source.calendar for title in _titles(feature)]
    columns = _columns(text, header.names, source, kinds, made, labelled, trained)
    times = _times(text, header.names, source, trained)
    used = None if times is None else _clock(times, clock, partial(_where, text, header.names), source.time)
    places, where = place_on_grid(times, used, clock, partial(_where, text, header.names), source.time,
                                  len(next(iter(columns.values())).values), trained)
    need = [title for title in columns if title in source.targets or imputed is not None and title not in imputed]
    closed = close_gaps({title: columns[title].values for title in columns}, need, places, where, source.gaps,
                        used, times, trained)
    columns = {title: replace(column, values=closed.values[title]) for title, column in columns.items()}
    known = all(title in columns for title in source.targets)
    targets = np.stack([columns[title].values for title in source.targets], 1) if known else None
    inputs = _inputs(source, columns, kinds)
    moments = np.zeros(0, np.int64) if times is None else closed.times
    _add_calendar(inputs, source, moments, used)
    table = Table(inputs, where=lambda row, title: where(int(closed.rows[row]), title), trained=trained)
    shown = {} if times is None else {source.time: Column(moments)}
    return SeriesTable(table, Table(columns | shown), targets, closed.breaks, used, moments, closed.said)


def _where(text: CsvText, names: list[str], row: int, title: str | None) -> str:
    return text.place(row + 1, names.index(title) if title in names else None)


def _check_names(source: "Series", names: list[str], text: CsvText) -> None:
    """ConfigErrors for options that name columns that the file does not have, or one column twice."""
    given = [("target", title) if isinstance(source.target, str) else (f"target.{i}", title)
             for i, title in enumerate(source.targets)]
    given += [(f"inputs.{i}", title) for i, title in enumerate(source.inputs or ())]
    given += [("time", source.time)] * (source.time is not None)
    errors = [] if source.time_format is None or source.time is not None else \
        [ConfigError(f"{PLACE}.time_format", "needs a column of times", "name it under `time`")]
    errors += [ConfigError(f"{PLACE}.{option}", f"{text.name} has no column {title!r}",
                          text.one_column() if len(names) == 1 and text.delimiter in "".join(names)
                          else meant_or_all(title, names)) for option, title in given if title not in names]
    errors += [ConfigError(f"{PLACE}.{option}", f"{title!r} is the column of times", "`calendar` makes features of it")
               for option, title in given if title == source.time and option != "time"]
    for option in ("target", "inputs", "calendar"):
        own = source.targets if option == "target" else getattr(source, option) or ()
        errors += [ConfigError(f"{PLACE}.{option}.{i}", f"{title!r} is named twice") for i, title in enumerate(own)
                   if title in own[:i]]
    if source.calendar and source.time is None:
        errors.append(ConfigError(f"{PLACE}.calendar", "needs a column of times", "name it under `time`"))
    if errors:
        raise ConfigErrors(errors, names)


def _columns(text: CsvText, names: list[str], source: "Series", kinds: dict | None, made: list[str], labelled: bool,
             trained: bool) -> dict[str, Column]:
    """All columns that are used, targets among them."""
    if kinds is None:
        asked = source.inputs or [title for title in names if title not in ("", source.time)]
        wanted = dict.fromkeys(asked) | dict.fromkeys(source.targets, "numeric")
    else:
        wanted = {title: kind for title, kind in kinds.items() if title not in made}
        wanted |= dict.fromkeys(source.targets, "numeric") if labelled else {}
    if absent := [title for title in wanted if title not in names]:
        raise DataError(f"{text.name}:1", f"has no column {quoted_list(absent)}", f"its columns are "
                        f"{quoted_list(names)}")
    cells = text.columns([names.index(title) for title in wanted], 1)
    if not cells[0]:
        raise DataError(f"{text.name}:1", "has a header and no rows")
    missing, columns, left = Missing(source.missing, True), {}, []
    for (title, kind), own in zip(wanted.items(), cells):
        read = Cells(own, title, partial(_where, text, names, title=title), missing, True, trained)
        optional = kind is None and source.inputs is None
        try:
            column = read_column(read, kind)
        except StrayTexts as error:
            raise _stray(error, source, trained) from None
        except DataError as error:
            if not optional:
                raise DataError(error.where, error.problem, None if trained else LEAVE) from None
            column = None
        if optional and (column is None or column.words is not None):
            left.append(title)
        else:
            columns[title] = column
    if left:
        info(f"{text.name}: not read, since {listed(map(repr, left))} {'hold' if len(left) > 1 else 'holds'} texts; "
             "`inputs` names what is to be read")
    return columns


def _stray(error: StrayTexts, source: "Series", trained: bool) -> DataError:
    """What stands in a column of numbers and is none; with hints that name options of this source."""
    if not trained:
        written = any(map(str.isdigit, error.texts[0]))
        error.hint = NOTATION if written else f"if it means that the value is missing, add it to `missing`; {LEAVE}"
        error.hint_if_text = LEAVE
    return stray_error([error], source.missing, trained)


def _inputs(source: "Series", columns: dict[str, Column], kinds: dict | None) -> dict[str, Column]:
    names = source.inputs or (list(columns) if kinds is None else [title for title in columns if title in kinds])
    return {title: columns[title] for title in names}


def _times(text: CsvText, names: list[str], source: "Series", trained: bool) -> Written | None:
    if source.time is None:
        return None
    if source.time not in names:
        raise DataError(f"{text.name}:1", f"has no column {source.time!r} of times")
    cells = [cell.strip() for cell in text.columns([names.index(source.time)], 1)[0]]
    try:
        return read_times(cells, source.time_format)
    except NoTime as error:
        hint = None if source.time_format else WRITTEN if trained else f"{WRITTEN}; {OTHERWISE}"
        raise DataError(_where(text, names, error.index, source.time), str(error), hint) from None


def _clock(times: Written, known: Clock | None, where: Where, title: str) -> Clock | None:
    """The spacing of a file, or that of an earlier one if it is known; None if the file has a single time."""
    if known is None:
        return clock_of(times) if len(times.values) > 1 else None
    if (found := like(known, times)) is None:
        here, there = ("whole numbers", "dates") if times.form is None else ("dates", "whole numbers")
        raise DataError(where(0, title), f"the times are {here}, and those of the training file are {there}")
    return found


def _titles(feature: str) -> tuple[str, str]:
    return f"{feature} sine", f"{feature} cosine"


def _add_calendar(columns: dict[str, Column], source: "Series", moments: np.ndarray, clock: Clock | None) -> None:
    for i, feature in enumerate(source.calendar):
        if clock is not None and clock.unit == "number":
            raise ConfigError(f"{PLACE}.calendar", "needs dates, and the times are whole numbers")
        places = calendar(feature, moments)
        if len(places) > 1 and (places == places[0]).all():
            raise ConfigError(f"{PLACE}.calendar.{i}", f"the {feature} is the same at each step", "take it out")
        for title, function in zip(_titles(feature), (np.sin, np.cos)):
            if title in columns:
                raise ConfigError(f"{PLACE}.calendar.{i}", f"the file has a column {title!r} of its own",
                                  "take one of the two out")
            columns[title] = Column(function(2 * np.pi * places / PERIODS[feature]))
