"""Free text as tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.prepare._step import Step
from dlcli.data.ragged import Ragged
from dlcli.data.table import Column, Table
from dlcli.data.vocabulary import FORM, Vocabulary, vocabulary_of
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.errors import DataError
from dlcli.storage.forms import boolean, positive, same


@dataclass(kw_only=True)
class Tokens(FittedColumn):
    """Ids of tokens, by a vocabulary of the training texts: as many to a row as its text has, at most `longest`. A text
    without any, and a missing one, is the single token that stands for what is not known: a sequence has a step.

    running: whether a row is a window of one long text, and not a text by itself.
    """

    texts = True
    form = {"vocabulary": FORM, "longest": positive, "running": boolean}

    vocabulary: Vocabulary
    longest: int
    running: bool = False

    @classmethod
    def learn(cls, name: str, column: Column, rows: np.ndarray, steps: list[Step]) -> Self:
        texts = [column.words[code] for code in column.values[rows].tolist() if code >= 0]
        vocabulary = Vocabulary.learn(create("data.tokens", column.tokens or "words"), texts)
        if len(vocabulary) < 2:
            raise DataError(name, "the texts of the training split have no token")
        longest = max(len(vocabulary.encode_row(text)) for text in column.words)
        return cls(name=name, shape=[], vocabulary=vocabulary, longest=min(longest, column.longest or longest))

    @property
    def spec(self) -> Spec:
        return Spec((self.longest,), "int", len(self.vocabulary), lengths=not self.running)

    @classmethod
    def takes(cls, step: Step, named: bool) -> bool:
        return False

    @classmethod
    def misfit(cls, step: Step, name: str) -> tuple[str | None, str, str | None] | None:
        return None, f"column {name!r} becomes ids of tokens, no numbers", None

    def reader(self, column: Column) -> Callable[[np.ndarray], np.ndarray]:
        raise TypeError("ids of tokens are no numbers")

    def ragged(self, table: Table, rows: np.ndarray, dtype: str) -> Ragged:
        """The ids of the rows' texts."""
        return Ragged.of(self._ids(table.columns[self.name], rows), self.longest)

    def lengths(self, table: Table, rows: np.ndarray) -> np.ndarray:
        return np.minimum([len(ids) for ids in self._ids(table.columns[self.name], rows)], self.longest)

    def _ids(self, column: Column, rows: np.ndarray) -> list[np.ndarray]:
        """Ids (tokens,) of each row's text, before anything is cut."""
        codes = column.values[rows]
        known = {code: self.vocabulary.encode_row(column.words[code] if code >= 0 else "")
                 for code in np.unique(codes).tolist()}
        return [known[code] for code in codes.tolist()]

    def unknown(self, column: Column, rows: np.ndarray) -> np.ndarray:
        """Rows of whose tokens none is known."""
        return np.array([not ids.any() for ids in self._ids(column, rows)], bool)

    def check(self, table: Table, rows: np.ndarray, dtype: str) -> None:
        """Every text can be cut."""

    def state(self) -> dict:
        return super().state() | {"vocabulary": self.vocabulary.state()}

    @classmethod
    def of(cls, state: dict) -> Self:
        return super().of(state | {"vocabulary": vocabulary_of(state["vocabulary"])})

    def verify(self, state: dict, path: str) -> None:
        same(f"{path}.steps", self.steps, [])
        super().verify(state, path)
