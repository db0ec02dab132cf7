"""Numbers: a single one, or an array of them to a row."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dlcli.data.columns._numbers import Numbers
from dlcli.data.prepare._step import Step
from dlcli.data.table import Column, Table


@dataclass(kw_only=True)
class Numeric(Numbers):
    """A single number goes beside the others; an array is a field of its own."""

    indicator: bool = False

    @classmethod
    def learn(cls, name: str, column: Column, rows: np.ndarray, steps: list[Step]) -> Self:
        return cls(name=name, shape=list(column.shape), divisor=column.divisor)

    @property
    def features(self) -> list[str]:
        return [self.name] + [f"{self.name} is missing"] * self.indicator

    def fit_step(self, table: Table, rows: np.ndarray, step: Step) -> None:
        if step.kind == "impute" and step.indicators and self.shape == [] and not table.columns[self.name].stand_in:
            self.indicator |= any(bool(np.isnan(x).any()) for _, x in self.blocks(table, rows))
        super().fit_step(table, rows, step)

    def write(self, table: Table, rows: np.ndarray, out: np.ndarray) -> None:
        super().write(table, rows, out)
        if self.indicator and self.at is not None:
            out[:, self.at + self.width] = np.isnan(table.columns[self.name].values[rows])
