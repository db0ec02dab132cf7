"""The steps of a series that follow a window."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dlcli.data.prepare._learned import bound
from dlcli.data.prepare._step import BadValue, Step
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget
from dlcli.engine.spec import Spec
from dlcli.errors import DataError


@dataclass(kw_only=True)
class Forecast(FittedTarget):
    """Scaled values (rows, horizon * targets), those of one step side by side.

    names: columns of the targets. horizon: steps. mean: as `Values` has it. season: steps of the seasonal naive
    forecast. unit, step, rest: as `times.Clock` has them; unit and step are None if the series has no times.
    """

    task: ClassVar[str] = "regression"

    names: list[str]
    horizon: int
    mean: list
    season: int
    unit: str | None
    step: int | None
    rest: int = 0

    @classmethod
    def fit(cls, table: Table, rows: np.ndarray, steps: list[Step], hint: str | None) -> tuple[Self, np.ndarray]:
        raise TypeError("a series is learned whole")        # by `learn`

    def learn(self, values: np.ndarray, rows: np.ndarray, steps: list[Step], table: Table) -> None:
        """Mean and steps from the training rows of the targets (steps, targets). Each step of the horizon is scaled as
        the series is."""
        own = values[rows]
        self.mean = np.tile(own.mean(0), self.horizon).tolist()
        for step in steps:
            try:
                state = {"kind": step.kind, **step.fit(lambda: iter([own.copy()]))}
            except BadValue as error:
                raise DataError(table.where(int(rows[error.row]), self.names[0]), f"{step.kind}: {error}") from None
            bound(state)(own)
            self.steps.append({key: value * self.horizon if isinstance(value, list) else value
                               for key, value in state.items()})

    def scaled(self, values: np.ndarray, table: Table) -> np.ndarray:
        """The targets (steps, targets) as the network learns them, in a new array."""
        own, count = values.copy(), len(self.names)
        for state in self.steps:
            try:
                bound({key: value[:count] if isinstance(value, list) else value for key, value in state.items()})(own)
            except BadValue as error:
                raise DataError(table.where(error.row, self.names[0]), str(error)) from None
        return own

    def values(self, table: Table, rows: np.ndarray) -> np.ndarray:
        raise TypeError("a series is scaled whole")     # by `scaled`

    def spec(self, values: np.ndarray) -> Spec:
        return Spec(self.shape)

    def state(self) -> dict:
        return {"name": self.name, "task": self.task, "shape": self.shape, "steps": self.steps, "mean": self.mean,
                "names": self.names, "horizon": self.horizon, "season": self.season, "unit": self.unit,
                "step": self.step, "rest": self.rest}
