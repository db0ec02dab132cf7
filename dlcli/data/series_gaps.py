"""Steps of a series that are missing, twice there or out of order, and values that nobody knows."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dlcli.data.times import Clock, Written
from dlcli.errors import DataError
from dlcli.text import count

SHOWN = 4
"""Missing steps that are named."""
EQUALLY = "leave out `time` if the rows count as steps one behind the other all the same"
Where = Callable[[int, str | None], str]


class Closed(NamedTuple):
    """Steps without a gap between breaks. rows: of the file, for each step; a filled one has that of the step before
    it. breaks: first step of each stretch."""

    values: dict[str, np.ndarray]
    rows: np.ndarray
    times: np.ndarray
    breaks: np.ndarray
    said: str | None


def place_on_grid(times: Written | None, clock: Clock | None, known: Clock | None, where: Where, title: str | None,
                  rows: int, trained: bool) -> tuple[np.ndarray, Where]:
    """The place of each row on the grid of equal steps (rows,), from 0. DataError for times that do not ascend, or lie
    between two steps. known: the spacing of an earlier file, which this one must have."""
    if times is None or rows < 2 or clock is None:
        return np.arange(rows), where
    values = times.values

    def place(row: int) -> str:
        return where(row, title)

    backward = np.flatnonzero(np.diff(values) <= 0)
    if len(backward):
        row = int(backward[0]) + 1
        now, before = clock.text(int(values[row])), clock.text(int(values[row - 1]))
        if now == before:
            raise DataError(place(row), f"the time {now} is there twice", "keep one row for each time")
        raise DataError(place(row), f"the time {now} comes after {before}", "sort the rows by time, the oldest first")
    units = clock.units(values)
    steps, beside = np.divmod(units - units[0], clock.step)
    off = np.flatnonzero(beside | (units < -(1 << 61)))
    if len(off):
        row = int(off[0])
        spacing = f"the {'run was trained on' if known else 'others are'} {clock.spacing} apart"
        raise DataError(place(row), f"the time {clock.text(int(values[row]))} lies between two steps: {spacing}",
                        None if trained else EQUALLY)
    return steps, where


def close_gaps(values: dict[str, np.ndarray], need: list[str], places: np.ndarray, where: Where, how: str,
               clock: Clock | None, times: Written | None, trained: bool) -> Closed:
    """Steps by the option `gaps`. need: columns that must have a value at each step."""
    rows = np.arange(len(places))
    moments = np.zeros(len(places), np.int64) if times is None else times.values
    lacking = np.zeros(len(places), bool)
    for title in need:
        lacking |= np.isnan(values[title]) if values[title].dtype.kind == "f" else False
    gaps = np.flatnonzero(np.diff(places) > 1)
    absent = int((np.diff(places)[gaps] - 1).sum())
    if not absent and not lacking.any():
        return Closed(values, rows, moments, np.zeros(1, np.int64), None)
    if how == "refuse":
        _refuse(values, need, places, where, clock, moments, gaps, absent, lacking, trained)
    without = int(lacking.sum())
    said = ", ".join([f"{count(absent, 'step')} missing"] * (absent > 0)
                     + [f"{count(without, 'step')} without a value"] * (without > 0))
    if how == "split":
        rows = rows[~lacking]
        breaks = np.flatnonzero(np.diff(places[rows], prepend=-2) != 1)
        if not len(rows):
            raise DataError(where(0, need[0]), "no step has all values")
        return Closed({title: own[rows] for title, own in values.items()}, rows, moments[rows], breaks,
                      f"{said}: {len(breaks):,} stretch{'es' * (len(breaks) != 1)}")
    rows = np.repeat(rows, np.diff(places, append=places[-1] + 1))
    filled = {title: _forward(own[rows], title, where) if title in need else own[rows]
              for title, own in values.items()}
    if times is not None:
        first = int(moments[0])
        moments = np.array([clock.after(first, i) for i in range(len(rows))], np.int64)
    return Closed(filled, rows, moments, np.zeros(1, np.int64), f"{said}: filled with what stood before them")


def _forward(values: np.ndarray, title: str, where: Where) -> np.ndarray:
    """Each missing value as the last known one before it."""
    if values.dtype.kind != "f":
        return values
    known = ~np.isnan(values)
    if not known[0]:
        raise DataError(where(0, title), f"column {title!r} begins without a value, so there is none to fill it with",
                        "take such rows out of the file, or set `gaps: split`")
    return values[np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))]


def _refuse(values: dict, need: list[str], places: np.ndarray, where: Where, clock: Clock | None, moments: np.ndarray,
            gaps: np.ndarray, absent: int, lacking: np.ndarray, trained: bool) -> None:
    """DataError for what is missing, whichever comes first."""
    hint = "`gaps: split` begins a new stretch there, `gaps: fill` repeats the step before"
    first = int(lacking.argmax()) if lacking.any() else len(places)
    if len(gaps) and gaps[0] < first:
        row = int(gaps[0])
        before = int(moments[row])
        shown = min(int(places[row + 1] - places[row]) - 1, SHOWN)
        named = [clock.text(clock.after(before, i + 1)) for i in range(shown)]
        more = absent - shown
        text = ", ".join(named) + (f" and {more:,} more" if more else "")
        raise DataError(where(row + 1, None), f"{count(absent, 'step')} of {clock.spacing} "
                        f"{'is' if absent == 1 else 'are'} missing, the first before this line: {text}",
                        None if trained else f"{hint}; {EQUALLY}")
    title = next(title for title in need if values[title].dtype.kind == "f" and np.isnan(values[title][first]))
    at = f" at {clock.text(int(moments[first]))}" if clock is not None else ""
    raise DataError(where(first, title), f"column {title!r} has no value{at}; "
                    f"{count(int(lacking.sum()), 'step')} {'lacks' if lacking.sum() == 1 else 'lack'} one in all",
                    None if trained else hint)
