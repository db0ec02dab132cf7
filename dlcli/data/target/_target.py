"""The contract of targets: what is learned about them on the training rows, and the way there and back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from dlcli.data.prepare._step import Step
from dlcli.data.table import Table
from dlcli.engine.registry import find
from dlcli.engine.spec import Spec
from dlcli.errors import DataError


@dataclass(kw_only=True)
class FittedTarget(ABC):
    """name: the target's column, for tables. shape: of a row's target. steps: what is done to it, each {"kind", what it
    has learned}."""

    task: ClassVar[str]
    labels: ClassVar[list[str] | None] = None
    """Names of the classes by id."""
    mean: ClassVar[list | None] = None
    """Of the training rows' values, in the target's own units."""
    follows: ClassVar[bool] = False
    """Whether it is the token behind each token of the inputs."""

    name: str | None
    shape: list[int]
    steps: list[dict] = field(default_factory=list)

    @classmethod
    @abstractmethod
    def fit(cls, table: Table, rows: np.ndarray, steps: list[Step], hint: str | None) -> tuple[Self, np.ndarray]:
        """What is learned from the training rows, and their targets as `values` gives them. hint: what would make
        values of classes, for errors."""

    @abstractmethod
    def values(self, table: Table, rows: np.ndarray) -> np.ndarray:
        """Targets as the network learns them. DataError for what the training split does not know."""

    @abstractmethod
    def spec(self, values: np.ndarray) -> Spec:
        """values: those of the training rows."""

    @abstractmethod
    def state(self) -> dict:
        """As JSON values."""

    @property
    def held(self) -> np.dtype | None:
        """The type in which targets wait until a batch is read, if it is another than the network's."""
        return None

    def unscale(self, values: np.ndarray) -> np.ndarray:
        """Predictions or targets (rows, k) in the target's own units."""
        for state in reversed(self.steps):
            options = dict(state)
            values = find("data.prepare", options.pop("kind")).undo(values, **options)
        return values


def refuse_missing(table: Table, rows: np.ndarray, missing: np.ndarray) -> None:
    """DataError for the first of the rows whose target is missing, or infinite."""
    if missing.any():
        row, column = int(rows[np.argwhere(missing)[0, 0]]), table.target
        infinite = column.words is None and not np.isnan(column.values[row]).any()
        raise DataError(
            table.where(row, table.target_name),
            "the target is infinite" if infinite else "the target is missing",
            table.target_hint,
        )
