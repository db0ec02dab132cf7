"""Times as they are written in a file, how far they are apart, and which come next."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

DAY = 86400
_NUMBER, _MONTH = re.compile(r"[+-]?[0-9]{1,15}"), re.compile(r"([0-9]{4})[-/]([0-9]{1,2})")
_MOMENT = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:([T ])(.+))?")
WRITTEN = "times are written as 1949-01, 1949-01-31, 1949-01-31 12:30 (year first), or as whole numbers"


class NoTime(ValueError):
    """A text that is no time. index: its place in the list."""

    def __init__(self, index: int, problem: str):
        super().__init__(problem)
        self.index = index


class Written(NamedTuple):
    """Times as numbers. values: seconds since 1970 in UTC (rows,) int64, or whole numbers as they are. form: of a time
    as text, as `strftime` has it; None for numbers."""

    values: np.ndarray
    form: str | None


def read_times(texts: Sequence[str], form: str | None = None) -> Written:
    """NoTime for the first that is none, or that is written in another way than the first one. form: how all are
    written, as `strptime` has it; None: in one of the ways of `WRITTEN`."""
    if form is not None:
        return Written(np.array([_as_told(i, text, form) for i, text in enumerate(texts)], np.int64), form)
    if not texts or _NUMBER.fullmatch(texts[0]):
        for i, text in enumerate(texts):
            if not _NUMBER.fullmatch(text):
                raise NoTime(i, f"{text!r} is no whole number, and the first time is one")
        return Written(np.array([int(text) for text in texts], np.int64), None)
    found = [_moment(i, text) for i, text in enumerate(texts)]
    form, utc = found[0][1], form_is_utc(found[0][1])
    for i, (_, other) in enumerate(found):
        if form_is_utc(other) != utc:
            raise NoTime(i, f"{texts[i]!r} {'has no' if utc else 'has a'} time zone, and the first time "
                            f"{'has one' if utc else 'has none'}")
    return Written(np.array([value for value, _ in found], np.int64), form)


def form_is_utc(form: str) -> bool:
    return form.endswith("Z")


def _moment(i: int, text: str) -> tuple[int, str]:
    """Seconds since 1970, and the form that such a time has."""
    try:
        if match := _MONTH.fullmatch(text):
            return _seconds(datetime(int(match[1]), int(match[2]), 1)), "%Y-%m"
        if match := _MOMENT.fullmatch(text):
            year, month, day, between, clock = match.groups()
            date = f"{year}-{int(month):02}-{int(day):02}"
            if clock is None:
                return _seconds(datetime.fromisoformat(date)), "%Y-%m-%d"
            if re.match(r"[0-9]:", clock):
                clock = "0" + clock
            moment = datetime.fromisoformat(f"{date}T{clock}")
            exact = "%H:%M:%S" if clock.count(":") > 1 or moment.second else "%H:%M"
            return _seconds(moment), f"%Y-%m-%d{between}{exact}" + "Z" * (moment.tzinfo is not None)
    except ValueError as error:
        raise NoTime(i, f"{text!r} is no time: {error}") from None
    raise NoTime(i, f"{text!r} is no time")


def _as_told(i: int, text: str, form: str) -> int:
    try:
        return _seconds(datetime.strptime(text, form))
    except ValueError:
        raise NoTime(i, f"{text!r} is not written as {form!r}") from None


def _seconds(moment: datetime) -> int:
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


class Clock(NamedTuple):
    """The spacing of times that follow each other.

    unit: "month", "second" or "number". step: so many of them lie between two times. form: as of `Written`. rest:
    for months, seconds from the beginning of the month, or if it is below 0, to the beginning of the next one.
    """

    unit: str
    step: int
    form: str | None = None
    rest: int = 0

    @property
    def spacing(self) -> str:
        """In words."""
        if self.unit == "month":
            return _many(self.step, 12, "year", "month")
        if self.unit == "number":
            return f"{self.step:,}"
        for size, name in ((7 * DAY, "week"), (DAY, "day"), (3600, "hour"), (60, "minute")):
            if self.step % size == 0:
                return _many(self.step, size, name, "")
        return _many(self.step, 1, "second", "")

    @property
    def season(self) -> int:
        """The period that such times usually have, in steps: a year of months, quarters or weeks, a week of days, a
        day of what is shorter; 1 if there is none."""
        if self.unit == "month":
            return 12 // self.step if 12 % self.step == 0 else 1
        if self.unit == "number":
            return 1
        if self.step in (DAY, 7 * DAY):
            return 7 if self.step == DAY else 52
        return DAY // self.step if self.step < DAY and DAY % self.step == 0 else 1

    def units(self, values: np.ndarray) -> np.ndarray:
        """Times in whole units (rows,) int64; -2^62 for one that is no whole number of them, which times of another
        day than the others' are."""
        if self.unit != "month":
            return values
        months, rest = _months(values, self.rest < 0)
        return np.where(rest == self.rest, months, -1 << 62)

    def value(self, units: int) -> int:
        """The time of so many units, as `Written.values` has it."""
        if self.unit != "month":
            return units
        begin = np.datetime64(units + (self.rest < 0), "M").astype("M8[s]").astype(np.int64)
        return int(begin) + self.rest

    def after(self, value: int, steps: int) -> int:
        """The time so many steps after another, or before it."""
        return self.value(int(self.units(np.array([value]))[0]) + steps * self.step)

    def text(self, value: int) -> str:
        """A time as it is written."""
        if self.form is None:
            return str(value)
        moment = np.datetime64(value, "s")
        known = moment.astype(datetime)
        if not isinstance(known, datetime):     # beyond the year 9999
            return str(moment)
        return known.strftime(self.form.replace("%Y", f"{known.year:04}"))


def _many(step: int, size: int, name: str, smaller: str) -> str:
    if step % size:
        size, name = 1, smaller
    return f"{step // size} {name}" + "s" * (step != size)


def clock_of(times: Written) -> Clock:
    """The spacing of most of the times, which ascend and are two at least. Of times that lie on the same day of a month
    each, or on its last day, months are counted."""
    if times.form is None:
        return Clock("number", _most_common(np.diff(times.values)))
    for from_end in (False, True):
        months, rest = _months(times.values, from_end)
        if (rest == rest[0]).all() and (np.diff(months) > 0).all() and (from_end or rest[0] < 28 * DAY):
            if not from_end or rest[0] >= -DAY:
                return Clock("month", _most_common(np.diff(months)), times.form, int(rest[0]))
    return Clock("second", _most_common(np.diff(times.values)), times.form)


def like(known: Clock, times: Written) -> Clock | None:
    """The spacing of an earlier file for the times of another; None if the one has dates and the other has numbers."""
    if (times.form is None) != (known.unit == "number"):
        return None
    rest = int(_months(times.values[:1], known.rest < 0)[1][0]) if known.unit == "month" else 0
    return known._replace(form=times.form, rest=rest)


def _months(values: np.ndarray, from_end: bool) -> tuple[np.ndarray, np.ndarray]:
    """Months since 1970, and seconds from the month's beginning, or (below 0) to that of the next."""
    moments = values.astype("M8[s]")
    months = moments.astype("M8[M]")
    return months.astype(np.int64), (moments - (months + from_end).astype("M8[s]")).astype(np.int64)


def _most_common(steps: np.ndarray) -> int:
    sizes, counts = np.unique(steps, return_counts=True)
    return int(sizes[counts.argmax()])


PERIODS = {"month": 12, "day_of_year": 365.2425, "day_of_month": 31, "weekday": 7, "hour": 24, "minute": 60}
"""Features of the calendar, and after how many of their units they begin again."""


def calendar(name: str, values: np.ndarray) -> np.ndarray:
    """Where times lie in a period of the calendar, (rows,) from 0 up to `PERIODS[name]`; the hour with its minutes."""
    moments = values.astype("M8[s]")
    days = moments.astype("M8[D]")
    if name == "month":
        return moments.astype("M8[M]").astype(np.int64) % 12
    if name == "day_of_year":
        return (days - moments.astype("M8[Y]").astype("M8[D]")).astype(np.int64)
    if name == "day_of_month":
        return (days - moments.astype("M8[M]").astype("M8[D]")).astype(np.int64)
    if name == "weekday":
        return (days.astype(np.int64) + 3) % 7      # 1970-01-01 was a Thursday; Monday is 0
    seconds = values % DAY
    return seconds / 3600 if name == "hour" else seconds % 3600 / 60
