"""A forecast of a time series."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from dlcli.api.proposals._cells import Cells, read_cells
from dlcli.api.proposals._written import filled, one, reference
from dlcli.data.files.find import Files
from dlcli.data.series_table import SeriesTable, read_series
from dlcli.data.sources.series import Series
from dlcli.data.times import NoTime, Written, clock_of, read_times
from dlcli.errors import DataError
from dlcli.text import count, flow

VALIDATION, TEST = 0.2, 0.2
ROOM = 0.9
"""Share of the validation part that a window and its horizon take at most, so that there are some of them."""
LONGEST, FARTHEST = 168, 24
"""Steps of a window and of a horizon at most."""
DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y", "%m/%Y", "%b %Y",
         "%Y%m%d")
CLOCKS = ("", " %H:%M", " %H:%M:%S")
"""Ways in which people write dates and what may follow, other than year first."""
SMALL = 300
"""Steps of the training part below which batches and network are small."""


def propose(paths: Sequence[str], target: str | None, config: Path, name: str) -> str:
    """The config. DataError for a file that is no series."""
    path = one(paths, "a series")
    cells = read_cells(path)
    if cells.delimiter is None:
        raise DataError(path, "is no CSV file", "the source `series` reads CSV files")
    time, form = _time(cells)
    numbers = [title for title in cells.columns if title != time and cells.numeric(title)]
    cells.check(target, "--target", path)
    if target is None and not numbers:
        raise DataError(path, "has no column of numbers", "a series is a row for each step, with a number at least")
    if target is not None and target not in numbers:
        raise DataError("--target", f"{target!r} is no column of numbers", f"there are: {flow(numbers)}")
    target = target or numbers[-1]
    options = {"time": time, "time_format": form, "delimiter": cells.delimiter,
               "inputs": numbers if len(numbers) > 1 else None}
    series, gaps = _read(path, target, options)
    steps, clock = len(series.table), series.clock
    window, horizon = _lengths(steps, 1 if clock is None else clock.season)
    small = steps * (1 - VALIDATION - TEST) < SMALL
    return filled(
        "series", name=name, found=_found(path, series, form, target, numbers),
        file=flow(reference(path, config)),
        time=f"      time: {flow(time)}" if time else "",
        form=f"      time_format: {flow(form)}" if form else "", target=flow(target), window=window, horizon=horizon,
        inputs=f"      inputs: {flow(numbers)}       # columns that the network reads" if len(numbers) > 1 else "",
        delimiter="" if cells.delimiter == "," else f"      delimiter: {flow(cells.delimiter)}",
        calendar=_calendar(clock), gaps=gaps, units=16 if small else 32, batch=16 if small else 32,
        validation=VALIDATION, test=TEST)


def _time(cells: Cells) -> tuple[str | None, str | None]:
    """The first column whose cells are all times, and how they are written, if not year first; whole numbers are times
    if they ascend one by one."""
    for name, column in cells.columns.items():
        if (times := _as_times(column, None)) is not None:
            steps = np.diff(times.values)
            if times.form is not None or len(steps) and (steps == 1).all():
                return name, None
        if form := _form(column):
            return name, form
    return None, None


def _as_times(column: list[str], form: str | None) -> Written | None:
    try:
        return read_times(column, form)
    except NoTime:
        return None


def _form(column: list[str]) -> str | None:
    """The way in which all cells are times that ascend; of two, such as day or month first, the one in which most
    of them are equally far apart."""
    found = []
    for date, clock in product(DATES, CLOCKS):
        times = _as_times(column, date + clock)
        if times is not None and len(column) > 1 and (np.diff(times.values) > 0).all():
            spacing = clock_of(times)
            units = spacing.units(times.values)
            found.append((np.count_nonzero(np.diff(units) == spacing.step), date + clock))
    return max(found, key=lambda each: each[0])[1] if found else None


def _read(path: str, target: str, options: dict) -> tuple[SeriesTable, str]:
    """The series, and the line of the config about its gaps, if it has some."""
    data, given = Files(Path()).read(path), {name: value for name, value in options.items() if value is not None}
    for gaps in ("refuse", "fill"):
        source = Series(file=path, target=target, window=1, gaps=gaps, **given)
        try:
            found = read_series(data, path, source, None)
        except DataError:
            if gaps == "fill":
                raise
            continue
        return found, f"      gaps: fill              # {found.said}" if found.said else ""
    raise AssertionError


def _lengths(steps: int, season: int) -> tuple[int, int]:
    """Window and horizon: two seasons and one, if the validation part has room for them."""
    horizon = min(season, FARTHEST)
    window, room = min(2 * season if season > 1 else 20, LONGEST), int(ROOM * VALIDATION * steps)
    while window + horizon > max(room, 2):
        if window > horizon:
            window = max(1, window // 2)
        else:
            horizon = max(1, horizon // 2)
    return window, horizon


def _calendar(clock) -> str:
    if clock is None or clock.season == 1 or clock.unit == "number":
        return ""
    features = ["month"] if clock.unit == "month" else \
        ["hour", "weekday"] if clock.season not in (7, 52) else ["weekday", "day_of_year"][clock.season == 52:]
    return f"      calendar: {flow(features)}       # a sine and a cosine of where in it a step lies"


def _found(path: str, series: SeriesTable, form: str | None, target: str, numbers: list[str]) -> str:
    steps, clock = len(series.table), series.clock
    lines = [f"{path}: {count(steps, 'step')}"]
    if clock is not None:
        first, last = series.time_texts(0, 1)[0], series.time_texts(steps - 1, 1)[0]
        lines[0] += f", {clock.spacing} apart, from {first} to {last}"
        if form:
            lines.append(f"Times are read as {form}, %d being the day and %m the month: if that is wrong, change "
                         "time_format.")
    else:
        lines.append("No column of times was found: steps count as equally far apart. If there is one, name it "
                     "under time, and how it is written under time_format.")
    if len(numbers) > 1:
        lines.append(f"{target!r} is predicted; others that could be: {flow([n for n in numbers if n != target])}")
    return "\n".join(f"# {line}" for line in lines)
