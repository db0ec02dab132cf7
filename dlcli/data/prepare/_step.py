"""The contract of preparation steps."""

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from dlcli.engine.component import Component

Blocks = Callable[[], Iterator[np.ndarray]]


class BadValue(ValueError):
    """A value that a step cannot take: its row within the block, and what is wrong with it."""

    def __init__(self, row: int, problem: str):
        super().__init__(problem)
        self.row = row


class Step(Component):
    """A change of feature columns (or, for `scale_target`, of the target), fitted on the training split only.

    A step works on one column at a time. `fit(blocks)` looks at the column's training rows and returns what it learned
    as JSON values. `blocks()` goes through new float64 arrays (rows, ...), NaN if a value is missing; it may be
    called again. `apply(x, **state)` changes such an array in place; it gets what `fit` returned, lists as arrays, and
    nothing else: so a checkpoint holds all that new rows need.
    """

    family: ClassVar[str] = "data.prepare"
    columns: ClassVar = None
    """Names of the columns; None: every column of numbers."""
    target: ClassVar[bool] = False
    """Whether it changes the target, not the features."""
    affine: ClassVar[bool] = False
    """Whether each value is scaled and shifted and nothing else, so that bytes can be prepared as they are read."""

    def fit(self, blocks: Blocks) -> dict:
        raise NotImplementedError

    @staticmethod
    def apply(x: np.ndarray, **state) -> None:
        raise NotImplementedError
