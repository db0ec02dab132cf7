"""Pictures, whatever their layout in the file."""

from dataclasses import dataclass, replace
from math import prod
from typing import Self

import numpy as np

from dlcli.data.columns._numbers import Numbers
from dlcli.data.pictures.brightness import Appearance, appearance_of
from dlcli.data.prepare._step import Step
from dlcli.data.table import Column
from dlcli.storage.forms import same


@dataclass(kw_only=True)
class Picture(Numbers):
    """Numbers of which is known how they look, so that other pictures can be brought to them."""

    cells = False

    picture: Appearance

    @classmethod
    def learn(cls, name: str, column: Column, rows: np.ndarray, steps: list[Step]) -> Self:
        return cls(name=name, shape=list(column.shape), divisor=column.divisor, picture=appearance_of(column, rows))

    @property
    def type(self) -> str:
        """Checkpoints hold pictures as numbers that have a look: so they did before pictures were a type."""
        return "numeric"

    def state(self) -> dict:
        return super().state() | {"picture": self.picture._asdict()}

    @classmethod
    def of(cls, state: dict) -> Self:
        fitted = super().of(state)
        return replace(fitted, picture=Appearance(**{key: state["picture"][key] for key in Appearance._fields}))

    def verify(self, state: dict, path: str) -> None:
        same(f"{path}.picture.shape", prod(self.picture.shape), prod(self.shape))
        super().verify(state, path)
