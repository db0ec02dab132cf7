"""The target as a run has learned it: what task it makes."""

from dataclasses import fields

import numpy as np

from dlcli.data.ragged import Ragged
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget
from dlcli.data.target.classes import Classes
from dlcli.data.target.forecast import Forecast
from dlcli.data.target.next_token import NextToken
from dlcli.data.target.sequences import Sequences
from dlcli.data.target.values import Values

TARGETS: dict[str, type[FittedTarget]] = {target.task: target for target in (Classes, Values)}
FEW = 20
"""At most so many different whole numbers are taken for classes, if their type could hold fractions."""
MANY = 1_000
"""At most so many, if their type is one of whole numbers."""


def target_type(table: Table, task: str) -> type[FittedTarget]:
    """What a table's target is learned as."""
    return Sequences if isinstance(table.target.values, Ragged) else TARGETS[task]


def task_of(table: Table) -> str:
    """The task as declared; else classification if the target is text, of a whole-number type without very many
    values, or a few whole numbers."""
    if table.task != "auto":
        return table.task
    column = table.target
    if column.words is not None:
        return "classification"
    if column.values.dtype.kind in "iub":
        many = column.shape == () and len(np.unique(column.values)) > MANY
        return "regression" if many else "classification"
    return "classification" if column.shape == () and few_whole(column.values, len(table)) else "regression"


def few_whole(values: np.ndarray, rows: int) -> bool:
    """Whether numbers are so few different whole ones that they are taken for classes; NaN does not count."""
    found = np.unique(values[~np.isnan(values)])
    return len(found) <= min(FEW, rows / 2) and bool(np.all(np.isfinite(found) & (found == np.round(found))))


def target_of(state: dict) -> FittedTarget:
    """What `FittedTarget.state` describes."""
    others = {"follows": NextToken, "horizon": Forecast, "sequences": Sequences}
    cls = next((cls for key, cls in others.items() if state.get(key)), TARGETS[state["task"]])
    return cls(**{key.name: state[key.name] for key in fields(cls) if key.name in state})
