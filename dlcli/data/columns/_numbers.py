"""What columns of numbers share: they may stay as they are stored."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.prepare._learned import bound
from dlcli.data.table import Column, Table
from dlcli.engine.registry import find
from dlcli.engine.spec import Spec

FARTHEST = 1024
"""What is shifted further is prepared in float64: a float32 would keep less than 14 of its 24 bits."""


@dataclass(kw_only=True)
class Numbers(FittedColumn):
    """Numbers of any shape: values / divisor, then the steps."""

    divisor: float = 1.0

    @classmethod
    @abstractmethod
    def learn(cls, name, column, rows, steps) -> Self: ...

    @property
    def spec(self) -> Spec | None:
        return Spec(self.shape) if self.shape else None

    def reader(self, column: Column):
        def read(rows: np.ndarray) -> np.ndarray:
            x = column.values[rows].astype(np.float64)
            if self.divisor != 1:
                x /= self.divisor
            return x

        return read

    def stays(self, column: Column, wanted: bool = False) -> bool:
        """It is made of bytes, a mapped file, or `wanted` so, and its steps only scale and shift."""
        return (
            bool(self.shape)
            and (wanted or column.mapped or column.values.dtype == np.uint8)
            and all(find("data.prepare", state["kind"]).affine for state in self.steps)
        )

    def lazy(self, table: Table, rows: np.ndarray, dtype: str, wanted: bool = False) -> LazyRows | None:
        """The same numbers as those of `write`, but for a float's last digits."""
        column = table.columns[self.name]
        if not self.stays(column, wanted) or not column.values.flags.c_contiguous:
            return None
        if column.values.dtype.kind == "f":
            self.check(table, rows, dtype)
        steps = [bound(state) for state in self.steps]
        ends = np.zeros((2, *self.shape))
        ends[1] = 1
        for step in steps:
            step(ends)
        if not np.can_cast(column.values.dtype, dtype) or np.abs(ends[0]).max() > FARTHEST:
            return LazyRows(column.values, rows, dtype, self.divisor, steps=steps)
        scale, shift = (ends[1] - ends[0], ends[0]) if steps else (None, None)
        return LazyRows(column.values, rows, dtype, self.divisor, scale, shift)
