"""Tables of arrays: the options that the array sources share, and the checks."""

from typing import Literal

import numpy as np

from dlcli.data.table import Column, Table
from dlcli.errors import DataError

Layout = Literal["stored", "flat", "channel"]


def array_column(values: np.ndarray, layout: Layout = "stored", scale: bool = False, top: float | None = None,
                 mapped: bool = False) -> Column:
    """A feature column of numbers.

    layout: "flat" joins all axes of a row, "channel" adds a last axis of size 1 to pictures without one. scale: whole
    numbers without sign become 0 to 1, by the largest of their type. top: what white is, if not the largest of a type
    without sign. mapped: see `Column`.
    """
    picture = None
    if values.ndim == 3 or (values.ndim == 4 and values.shape[-1] in (1, 3)):
        picture = (*values.shape[1:3], values.shape[3] if values.ndim == 4 else 1)
    if layout == "flat":
        values = values.reshape(len(values), -1)
    elif layout == "channel":
        values = values[..., None]
    divisor = float(np.iinfo(values.dtype).max) if scale and values.dtype.kind == "u" else 1.0
    if top is None and values.dtype.kind == "u":
        top = float(np.iinfo(values.dtype).max)
    kind = "numeric" if picture is None else "picture"
    return Column(values, kind=kind, divisor=divisor, picture=picture, top=top, mapped=mapped)


def array_table(
    columns: dict[str, Column],
    target: np.ndarray | None,
    name: str,
    task: str = "auto",
    classes: int | None = None,
    target_name: str = "target",
) -> Table:
    """A table whose columns all have as many rows; DataError if they have not, or a class id is out of range."""
    if target is not None and target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    rows = {title: len(column.values) for title, column in columns.items()} | (
        {} if target is None else {"target": len(target)}
    )
    if len(set(rows.values())) > 1:
        raise DataError(
            name, "the numbers of rows differ: " + ", ".join(f"{title} {count:,}" for title, count in rows.items())
        )
    if target is not None and classes is not None:
        bad = np.argwhere(~((target >= 0) & (target < classes)))
        if len(bad):
            row = int(bad[0, 0])
            raise DataError(
                f"{name} row {row + 1}",
                f"has the class {target[tuple(bad[0])]}, and `classes` is {classes}",
                f"class ids lie between 0 and {classes - 1}",
            )
    return Table(columns, None if target is None else Column(target), target_name, task, classes,
                 where=lambda row, title: f"{name} row {row + 1}" + (f" [{title}]" if title else ""))
