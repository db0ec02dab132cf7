"""The token behind each token of a running text."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dlcli.data.prepare._step import Step
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget
from dlcli.engine.spec import Spec


@dataclass(kw_only=True)
class NextToken(FittedTarget):
    """Ids of tokens (rows, steps), those of the inputs one step later. labels: the vocabulary."""

    task: ClassVar[str] = "classification"
    follows: ClassVar[bool] = True

    labels: list[str]

    @classmethod
    def fit(cls, table: Table, rows: np.ndarray, steps: list[Step], hint: str | None) -> tuple[Self, np.ndarray]:
        raise TypeError("a running text has no table")      # it is made with its vocabulary (`running_text`)

    def values(self, table: Table, rows: np.ndarray) -> np.ndarray:
        raise TypeError("a running text has no table")

    def spec(self, values: np.ndarray) -> Spec:
        return Spec(self.shape, "int", len(self.labels))

    def state(self) -> dict:
        return {"name": self.name, "task": self.task, "shape": self.shape, "steps": self.steps, "labels": self.labels,
                "follows": True}
