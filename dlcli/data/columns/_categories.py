"""What columns of texts share: the categories are learned on the training split."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.prepare._step import Step
from dlcli.data.table import Column
from dlcli.errors import DataError
from dlcli.storage.forms import FormError, refuse, same


@dataclass(kw_only=True)
class Categories(FittedColumn):
    """Each text is the place of its category, counted from 1; a text that is none of them is 0."""

    texts: ClassVar[bool] = True

    fill: str | None = None
    categories: list[str | None]

    @classmethod
    def learn(cls, name: str, column: Column, rows: np.ndarray, steps: list[Step]) -> Self:
        fill = None
        for step in steps:
            if step.kind == "impute":
                fill = str(step.value) if step.strategy == "constant" else most_frequent(column, rows)
        categories = cls.known(column, rows, fill)
        if not categories:
            raise DataError(name, "the column has no value in the training split")
        return cls(name=name, shape=list(column.shape), fill=fill, categories=categories)

    @classmethod
    def known(cls, column: Column, rows: np.ndarray, fill: str | None = None) -> list[str | None]:
        """The texts that occur in the given rows, in order; at the end None, if values are missing and no `fill`
        replaces them."""
        codes = np.unique(column.values[rows])
        texts = {column.words[code] for code in codes if code >= 0}
        missing = len(codes) > 0 and codes[0] < 0
        if missing and fill is not None:
            texts.add(fill)
        return cls.ordered(texts) + ([None] if missing and fill is None else [])

    @classmethod
    def ordered(cls, texts: set[str]) -> list[str]:
        """The categories in the order of their ids."""
        return sorted(texts)

    @classmethod
    @abstractmethod
    def takes(cls, step: Step, named: bool) -> bool: ...

    @classmethod
    def misfit(cls, step: Step, name: str) -> tuple[str | None, str, str | None] | None:
        if step.kind == "impute" and step.strategy not in ("most_frequent", "constant"):
            return ("strategy", f"column {name!r} is text and has no {step.strategy}",
                    "`most_frequent` and `constant` fill texts")
        return None

    def ids(self, column: Column, rows: np.ndarray) -> np.ndarray:
        """The category of each row (rows,) int64."""
        return self.ids_of_words(column)[column.values[rows]]

    def ids_of_words(self, column: Column) -> np.ndarray:
        """The category of each of the column's words, and at the end, for the value -1, that of a missing one."""
        ids = {text: i + 1 for i, text in enumerate(self.categories)}
        return np.array([ids.get(word, 0) for word in column.words] + [ids.get(self.fill, 0)], np.int64)

    def reader(self, column: Column) -> Callable[[np.ndarray], np.ndarray]:
        ids = self.ids_of_words(column)
        return lambda rows: ids[column.values[rows]].astype(np.float64)

    def unknown(self, column: Column, rows: np.ndarray) -> np.ndarray:
        return self.ids(column, rows) == 0

    def verify(self, state: dict, path: str) -> None:
        if self.categories is None:
            refuse(f"{path}.categories", None, "null for numbers, and a list for texts")
        same(f"{path}.shape", self.shape, [])
        if len(set(self.categories)) < len(self.categories) or None in self.categories[:-1]:
            raise FormError(f"{path}.categories", "a text is there twice, or null before the end")
        super().verify(state, path)


def most_frequent(column: Column, rows: np.ndarray) -> str | None:
    """The text that occurs most often, the first in sorted order among equals; None if all are missing."""
    codes, counts = np.unique(column.values[rows], return_counts=True)
    found = {column.words[code]: n for code, n in zip(codes, counts) if code >= 0}
    return min(found, key=lambda text: (-found[text], text)) if found else None
