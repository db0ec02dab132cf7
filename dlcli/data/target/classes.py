"""A target of classes: their names are learned on the training split, ids are counted from 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dlcli.data.number_text import exact_name
from dlcli.data.prepare._step import Step
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget, refuse_missing
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError, DataError
from dlcli.text import quoted, quoted_list

BLOCK = 1 << 20
"""Class ids counted at a time."""


@dataclass(kw_only=True)
class Classes(FittedTarget):
    """Class ids (rows, ...), int64, or `held` if a row has more than one."""

    task: ClassVar[str] = "classification"

    labels: list[str]

    @classmethod
    def fit(cls, table: Table, rows: np.ndarray, steps: list[Step], hint: str | None) -> tuple[Self, np.ndarray]:
        if steps:
            raise ConfigError("data.prepare", f"`{steps[0].kind}` is for regression, and the target here is a class",
                              hint)
        fitted = cls(name=table.target_name, shape=list(table.target.shape), labels=table.labels)
        if table.labels is None:
            names, ids = table.target.classes
            ids = ids[rows]
            refuse_missing(table, rows, ids < 0)
            found = [name for name, rows_of in zip(names, count(ids, len(names))) if rows_of]
            fitted.labels = found if table.classes is None else [str(i) for i in range(table.classes)]
            if table.classes is None and len(found) < 2:
                raise DataError(
                    table.where(int(rows[0]), table.target_name),
                    f"the training split has a single class, {quoted_list(found)}",
                    "two classes and more can be told apart",
                )
        return fitted, fitted.values(table, rows)

    def values(self, table: Table, rows: np.ndarray) -> np.ndarray:
        kind = self.held or np.dtype(np.int64)
        if table.labels is not None and table.labels == self.labels:
            return table.target.values[rows].astype(kind, copy=False)
        names, ids = table.target.classes
        ids = ids[rows]
        refuse_missing(table, rows, ids < 0)
        known = np.array(ids_among(names, self.labels))
        strange = np.flatnonzero(known < 0)
        there = strange[np.isin(strange, ids)] if len(strange) else strange     # other rows may be of such a class
        if len(there):
            row = int(np.argwhere(ids == there[0])[0, 0])
            raise DataError(table.where(int(rows[row]), table.target_name),
                            f"the training split has no class {quoted(names[there[0]])}",
                            f"its classes are {quoted_list(self.labels)}")
        return known.astype(kind)[ids]

    def spec(self, values: np.ndarray) -> Spec:
        return Spec(self.shape, "int", len(self.labels), counts=tuple(count(values, len(self.labels))))

    @property
    def held(self) -> np.dtype | None:
        return held_in(self.shape, len(self.labels))

    def state(self) -> dict:
        return {"name": self.name, "task": self.task, "shape": self.shape, "steps": self.steps, "labels": self.labels}


def held_in(shape: Sequence[int], classes: int) -> np.dtype | None:
    """The type in which the classes of pixels wait until a batch is read, since int64 takes eight times as much; None
    for other targets."""
    return np.min_scalar_type(classes) if classes and shape else None


def ids_among(names: list[str], labels: list[str]) -> list[int]:
    """The id of each class name: of the label with its text, else of the one with its value (2.0 is 2); -1 for none."""
    known = {exact_name(label) or label: i for i, label in enumerate(labels)}
    known |= {label: i for i, label in enumerate(labels)}
    return [known.get(name, known.get(exact_name(name), -1)) for name in names]


def count(ids: np.ndarray, classes: int) -> list[int]:
    """How often each class id is there; -1, for a missing one, does not count."""
    flat, total = ids.ravel(), np.zeros(classes + 1, np.int64)
    for start in range(0, flat.size, BLOCK):
        total += np.bincount(flat[start:start + BLOCK].astype(np.int64) + 1, minlength=classes + 1)
    return total[1:].tolist()
