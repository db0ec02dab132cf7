"""Texts as numbers 0 and 1, one for each category."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.data.columns._categories import Categories
from dlcli.data.prepare._step import Step
from dlcli.data.table import Column


@dataclass(kw_only=True)
class OneHot(Categories):
    """1 at the place of the row's category; all zeros for a text that is none."""

    spec = None

    @property
    def features(self) -> list[str]:
        return [f"{self.name} is missing" if text is None else f"{self.name}={text}" for text in self.categories]

    @property
    def row(self) -> tuple[int, ...]:
        return (len(self.categories),)

    @classmethod
    def takes(cls, step: Step, named: bool) -> bool:
        return step.kind != "impute" and named

    def reader(self, column: Column) -> Callable[[np.ndarray], np.ndarray]:
        ids, size = self.ids_of_words(column), len(self.categories)

        def read(rows: np.ndarray) -> np.ndarray:
            out = np.zeros((len(rows), size + 1))
            out[np.arange(len(rows)), ids[column.values[rows]]] = 1
            return out[:, 1:]

        return read
