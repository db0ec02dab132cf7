"""Missing values of a CSV file: what other programs write for them, and rows without a target."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from dlcli.data.formats.csv.cells import NOT_KNOWN, StrayTexts
from dlcli.data.table import Column, Table
from dlcli.errors import ConfigError, DataError
from dlcli.text import flow, quoted, quoted_list

SHOWN = 8
"""Texts that an error lists."""
_NO_CATEGORY = NOT_KNOWN - {"", "none", "nil", "-", "--", ".", "missing", "unknown", "undefined"}
"""Those that are hardly ever a category."""


def stray_error(strays: Sequence[StrayTexts], missing: Sequence[str], trained: bool) -> DataError:
    """One error for what stands in columns of numbers and is none, with the option that takes likely missing values."""
    first, texts = strays[0], [(text, stray.title) for stray in strays for text in stray.texts]
    unknown = list(dict.fromkeys(text for text, _ in texts if text.lower() in NOT_KNOWN))
    where = first.place(first.row)
    if trained or not unknown:
        return DataError(where, first.problem, first.hint)
    others = [f"{quoted(text)} in {title!r}" for text, title in texts[1:]]
    problem = first.problem + ("; likewise " + ", ".join(others[:SHOWN]) if others else "")
    problem += f" and {len(others) - SHOWN:,} more" if len(others) > SHOWN else ""
    what = "it means" if len(texts) == 1 else "they mean" if len(unknown) > 1 else f"{quoted(unknown[0])} means"
    hint = f"if {what} that the value is missing: {_line(missing, unknown)}"
    hint = f"{hint}; {first.hint_if_text}" if first.texts[0].lower() in NOT_KNOWN else f"{first.hint}; {hint}"
    return DataError(where, problem, hint)


def marker_warnings(columns: dict[str, Column], options) -> list[ConfigError]:
    """A warning if categories or classes are likely missing values."""
    found = [(word, title) for title, column in columns.items() if column.kind != "tokens"
             for word in column.words or () if word.lower() in _NO_CATEGORY]
    if not found:
        return []
    words, titles = (list(dict.fromkeys(names)) for names in zip(*found))
    problem = f"{quoted_list(words)} in {quoted_list(titles)} counts as a text like any other"
    return [ConfigError(f"data.source.{options.kind}", problem,
                        f"if it means that the value is missing: {_line(options.missing, words)}")]


def _line(missing: Sequence[str], further: Iterable[str]) -> str:
    return f"`missing: {flow(list(dict.fromkeys([*missing, *further])))}`"


def with_target(table: Table, name: str, option: str) -> Table:
    """What is left of the table if the option `missing_target` says `drop`: the rows that have a target. Else all of
    it, which then says what to do."""
    column, where = table.target, table.where
    lacking = np.isnan(column.values) if column.words is None else column.values < 0
    count = int(lacking.sum())
    if not count:
        return table
    if option != "drop":
        hint = f"`missing_target: drop` leaves out such rows, {count:,} of {len(lacking):,} here"
        return table if table.trained else replace(table, target_hint=hint)
    if count == len(lacking):
        raise DataError(name, "has no row with a target")
    kept = np.flatnonzero(~lacking)
    columns = {title: replace(each, values=each.values[kept]) for title, each in table.columns.items()}
    return replace(
        table,
        columns=columns,
        target=replace(column, values=column.values[kept]),
        kept=~lacking,
        where=lambda row, title: where(int(kept[row]), title),
        about=f"{name}: {count:,} of {len(lacking):,} rows have no target, and are left out",
    )
