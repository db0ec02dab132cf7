"""Texts as ids, for an embedding layer."""

from dataclasses import dataclass

import numpy as np

from dlcli.data.columns._categories import Categories
from dlcli.data.prepare._step import Step
from dlcli.data.table import Table
from dlcli.engine.spec import Spec
from dlcli.storage.forms import same


@dataclass(kw_only=True)
class Embedded(Categories):
    """The place of the row's category, from 1, as an id; 0 for a text that is none."""

    @property
    def spec(self) -> Spec:
        return Spec((), "int", len(self.categories) + 1)

    @classmethod
    def takes(cls, step: Step, named: bool) -> bool:
        return False

    @classmethod
    def misfit(cls, step: Step, name: str) -> tuple[str | None, str, str | None] | None:
        if step.kind == "impute":
            return super().misfit(step, name)
        return None, f"column {name!r} becomes ids for an embedding, no numbers", None

    def write(self, table: Table, rows: np.ndarray, out: np.ndarray) -> None:
        out[...] = self.ids(table.columns[self.name], rows)

    def check(self, table: Table, rows: np.ndarray, dtype: str) -> None:
        """Ids are never wrong."""

    def verify(self, state: dict, path: str) -> None:
        same(f"{path}.steps", self.steps, [])
        super().verify(state, path)
