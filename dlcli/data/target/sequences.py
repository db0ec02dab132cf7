"""A target of several classes to a row, as many as it has."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dlcli.data.prepare._step import Step
from dlcli.data.ragged import Ragged
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget
from dlcli.data.target.classes import count, ids_among
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError, DataError
from dlcli.text import quoted, quoted_list


@dataclass(kw_only=True)
class Sequences(FittedTarget):
    """Class ids in their order, `Ragged` (rows, most) int64. The table's target is `Ragged` of indices into its words.

    shape: [most], classes of the longest row. labels: names of the classes by id, those of the training rows.
    """

    task: ClassVar[str] = "classification"

    labels: list[str]

    @classmethod
    def fit(cls, table: Table, rows: np.ndarray, steps: list[Step], hint: str | None) -> tuple[Self, np.ndarray]:
        if steps:
            raise ConfigError("data.prepare", f"`{steps[0].kind}` is for regression, and the target here is classes",
                              hint)
        column = table.target
        labels = sorted(column.words[code] for code in np.unique(column.values.rows(rows).values).tolist())
        if len(labels) < 2:
            raise DataError(table.where(int(rows[0]), table.target_name),
                            f"the training split has a single class, {quoted_list(labels)}",
                            "two classes and more can be told apart")
        fitted = cls(name=table.target_name, shape=list(column.shape), labels=labels)
        return fitted, fitted.values(table, rows)

    def values(self, table: Table, rows: np.ndarray) -> Ragged:
        column, (most,) = table.target, self.shape
        own = column.values.rows(rows)
        long = np.flatnonzero(np.diff(own.starts) > most)
        if len(long):
            raise DataError(table.where(int(rows[long[0]]), table.target_name),
                            f"has {np.diff(own.starts)[long[0]]} classes, and the run was trained on at most {most}")
        known = np.array(ids_among(column.words, self.labels))
        ids = known[own.values]
        if (ids < 0).any():
            place = int(np.argmax(ids < 0))
            row = int(rows[np.searchsorted(own.starts, place, "right") - 1])
            raise DataError(table.where(row, table.target_name),
                            f"the training split has no class {quoted(column.words[own.values[place]])}",
                            f"its classes are {quoted_list(self.labels)}")
        return Ragged(ids, own.starts, most)

    def spec(self, values: Ragged) -> Spec:
        return Spec(self.shape, "int", len(self.labels), lengths=True,
                    counts=tuple(count(values.values, len(self.labels))))

    def state(self) -> dict:
        return {"name": self.name, "task": self.task, "shape": self.shape, "steps": self.steps, "labels": self.labels,
                "sequences": True}
