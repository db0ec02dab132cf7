"""A target of values, which may be scaled for the network."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from dlcli.data.prepare._learned import bound
from dlcli.data.prepare._step import BadValue, Step
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget, refuse_missing
from dlcli.engine.spec import Spec
from dlcli.errors import DataError
from dlcli.text import quoted_list


@dataclass(kw_only=True)
class Values(FittedTarget):
    """Scaled values (rows, k), float64."""

    task: ClassVar[str] = "regression"

    mean: list = field(default_factory=list)

    @classmethod
    def fit(cls, table: Table, rows: np.ndarray, steps: list[Step], hint: str | None) -> tuple[Self, np.ndarray]:
        if table.target.words is not None:
            raise DataError(
                table.where(0, table.target_name),
                f"the target is text, such as {quoted_list(table.target.words, 1)}: no regression",
                "`task: classification`",
            )
        fitted = cls(name=table.target_name, shape=list(table.target.shape) or [1])
        values = fitted.values(table, rows)
        fitted.mean = values.mean(0).tolist()
        for step in steps:
            try:
                state = {"kind": step.kind, **step.fit(lambda: iter([values.copy()]))}
            except BadValue as error:
                raise DataError(table.where(int(rows[error.row]), table.target_name), f"{step.kind}: {error}") from None
            bound(state)(values)
            fitted.steps.append(state)
        return fitted, values

    def values(self, table: Table, rows: np.ndarray) -> np.ndarray:
        if table.target.words is not None:
            raise DataError(table.where(int(rows[0]), table.target_name),
                            "the target is text, and the run learned numbers")
        values = table.target.values[rows].astype(np.float64).reshape(len(rows), *self.shape)
        refuse_missing(table, rows, ~np.isfinite(values))
        for state in self.steps:
            try:
                bound(state)(values)
            except BadValue as error:
                raise DataError(table.where(int(rows[error.row]), table.target_name), str(error)) from None
        return values

    def spec(self, values: np.ndarray) -> Spec:
        return Spec(self.shape)

    def state(self) -> dict:
        return {"name": self.name, "task": self.task, "shape": self.shape, "steps": self.steps, "mean": self.mean}
