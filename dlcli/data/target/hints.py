"""What to do about a target that is taken for classes where values are wanted, or the reverse."""

import numpy as np

from dlcli.data.evenly import evenly
from dlcli.data.sources._source import Source
from dlcli.data.table import Column, Table

LOOK = 10_000
"""Rows that are looked at."""


def hints_for(table: Table, task: str, source: Source) -> dict[str, str]:
    """{"classes": what makes classes of a target, "values": what makes values of it}, if there is such a thing."""
    column, option = table.target, f"data.source.{source.kind}.task="
    hints = {}
    if is_one_hot(column):
        axis = 1 if len(column.shape) == 1 else -1
        hints["classes"] = f"rows of 0 with a single 1 look one-hot: store `y.argmax({axis})`, the class of each"
    elif "task" not in vars(source):
        return hints
    elif task == "regression" and column.shape == () and is_whole(column):
        hints["classes"] = f"whole numbers are classes with `task: classification` ({option}classification)"
    if task == "classification" and column.words is None and table.labels is None and "task" in vars(source):
        hints["values"] = f"whole numbers are values with `task: regression` ({option}regression)"
    return hints


def is_one_hot(column: Column) -> bool:
    """Whether the last axis of every row looked at holds a single 1 among zeros."""
    if column.words is not None or not column.shape or column.shape[-1] < 2:
        return False
    some = _some(column)
    return bool(np.isin(some, (0, 1)).all() and (some.sum(-1, dtype=np.int64) == 1).all())


def is_whole(column: Column) -> bool:
    """Whether numbers, as far as they are known, are whole."""
    some = _some(column)
    return column.words is None and bool((np.isnan(some) | (some == np.round(some))).all())


def _some(column: Column) -> np.ndarray:
    return column.values[evenly(len(column.values), LOOK)]
