"""Everything that is learned of data on the training split, and nothing else: what new rows are prepared by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.target._target import FittedTarget
from dlcli.data.target.learned import target_of
from dlcli.engine.registry import find
from dlcli.engine.spec import Spec
from dlcli.errors import RunError

SCHEMA_VERSION = 1
"""Version of `Fitted.state`."""


@dataclass(kw_only=True)
class Fitted:
    """dtype: the network's float type. source: {kind: options}, as the config had them. columns: each that is read, in
    the table's order. inputs: Spec of each field of the network. features: names of the single numbers side by side.
    order: names of all columns of a file without a header. window: steps of a row, of a series. version: of the
    program's that wrote it.
    """

    dtype: str
    source: dict
    target: FittedTarget
    columns: list[FittedColumn]
    inputs: dict[str, Spec]
    features: list[str]
    order: list[str] | None
    window: int | None = None
    version: int = SCHEMA_VERSION

    @property
    def running(self) -> bool:
        """Whether rows are windows of one long row, a series or a text."""
        return self.window is not None or self.target.follows

    def state(self) -> dict:
        """As JSON values: part of each checkpoint."""
        return {
            "schema_version": self.version,
            "dtype": self.dtype,
            "source": self.source,
            "target": self.target.state(),
            "columns": [column.state() for column in self.columns],
            "inputs": specs_state(self.inputs),
            "features": self.features,
            "order": self.order,
        } | ({} if self.window is None else {"window": self.window})

    @classmethod
    def of(cls, state: dict) -> Self:
        """What `state` describes."""
        return cls(
            dtype=state["dtype"],
            source=state["source"],
            target=target_of(state["target"]),
            columns=[column_of(record) for record in state["columns"]],
            inputs={name: Spec(spec["shape"], spec["dtype"], spec["size"], spec.get("lengths", False))
                    for name, spec in state["inputs"].items()},
            features=state["features"],
            order=state["order"],
            window=state.get("window"),
            version=state["schema_version"],
        )

    def check_version(self) -> None:
        """RunError if it is of a version that this program does not know."""
        if self.version != SCHEMA_VERSION:
            raise RunError(
                "checkpoint",
                f"its data preparation has version {self.version!r}, and this dlcli reads {SCHEMA_VERSION}",
                "it was written by another version of dlcli: use that one",
            )


def specs_state(specs: dict[str, Spec]) -> dict:
    """Specs of fields as JSON values."""
    return {name: {"shape": list(spec), "dtype": spec.dtype, "size": spec.size}
            | ({"lengths": True} if spec.lengths else {}) for name, spec in specs.items()}


def class_of(record: dict) -> type[FittedColumn]:
    """The type of a column's record: that of a picture is stored as numbers that have a look."""
    picture = record["type"] == "numeric" and record["picture"] is not None
    return find("data.columns", "picture" if picture else record["type"])


def column_of(record: dict) -> FittedColumn:
    """What `FittedColumn.state` describes."""
    return class_of(record).of(record)


def target_unscaler(fitted: Fitted | None) -> Callable[[np.ndarray], np.ndarray] | None:
    """The way from what the network predicts to the target's own units, for arrays (rows, k); None if they are the
    same."""
    return fitted.target.unscale if fitted is not None and fitted.target.steps else None


def in_units(fitted: Fitted | None, y: np.ndarray, p: np.ndarray, t: np.ndarray) -> tuple:
    """Outputs, predictions and targets in the target's own units, if they are scaled."""
    unscale = target_unscaler(fitted)
    return (y, p, t) if unscale is None else (unscale_output(unscale, y, p), unscale(p), unscale(t))


def unscale_output(unscale: Callable, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """An output in the target's own units. p: the prediction made of it (rows, k). If the output has several numbers
    for each of the prediction's, side by side, as of a loss with quantiles, each of them is unscaled."""
    if y.size == p.size:
        return unscale(y)
    each = y.reshape(*p.shape, -1)
    return np.stack([unscale(each[..., i]) for i in range(each.shape[-1])], -1).reshape(y.shape)


def unscale_target(fitted: Fitted | None, values: np.ndarray) -> np.ndarray:
    """Predictions or targets (rows, k) in the target's own units."""
    return values if fitted is None else fitted.target.unscale(values)
