"""Augmentation of a data set's pictures, as its batches are read."""

import threading

import numpy as np

from dlcli.data.augment._augment import Augment, Draws
from dlcli.data.columns._column import FittedColumn
from dlcli.data.lazy_rows import LazyRows, memory
from dlcli.data.prepare._step import Step
from dlcli.data.table import Table
from dlcli.engine.streams import Stream
from dlcli.errors import ConfigError


class Augmented:
    """The augmentations of one field, in their order, each with random numbers of its own by seed, epoch and row of the
    source.

    field: name of the input field. shape: (height, width, channels) of its rows. top: what white is, after division.
    """

    def __init__(self, changes: list[Augment], field: str, shape: tuple, top: float, seed: int):
        self.field, self._changes, self._shape, self._top, self._seed = field, changes, shape, top, seed
        self._own = threading.local()       # a stream can be in one place at a time, and workers may be threads

    def take(self, x: LazyRows, rows: np.ndarray, out: np.ndarray, epoch: int) -> None:
        """Prepared rows of `x`, changed as this epoch has it, written to `out`."""
        raw = x.raw(rows, out)

        def keep(name: str, shape: tuple, dtype: str = "float") -> np.ndarray:
            return memory(name, shape, raw.dtype if dtype == "float" else np.int64)

        pictures, samples = raw.reshape(len(rows), *self._shape), x.rows[rows]
        for change, stream in zip(self._changes, self._streams()):
            change.apply(pictures, Draws(stream, epoch, samples), self._top, keep)
        x.finish(raw, out)

    def _streams(self) -> list[Stream]:
        if not hasattr(self._own, "streams"):
            kinds = [change.kind for change in self._changes]
            self._own.streams = [
                Stream(self._seed, "augment", kind, str(kinds[:i].count(kind))) for i, kind in enumerate(kinds)
            ]
        return self._own.streams


def pictured(changes: list[Augment], steps: list[Step], table: Table) -> str | None:
    """Name of the column whose pictures are augmented; None without augmentation. ConfigError if it cannot be
    done."""
    if not changes:
        return None
    names = [name for name, column in table.columns.items() if column.picture is not None]
    if len(names) != 1:
        raise ConfigError(
            "data.augment",
            "changes pictures, and the data has " + ("none" if not names else f"{len(names)} inputs of them"),
            "pictures are arrays (height, width) or (height, width, 1 or 3)",
        )
    name = names[0]
    for place, step in enumerate(steps):
        if not step.target and not step.affine and (step.columns is None or name in step.columns):
            raise ConfigError(
                f"data.prepare.{place}",
                f"augmented pictures can be scaled and shifted, and `{step.kind}` does more",
                "`standardize` and `minmax` are what there is",
            )
    for place, change in enumerate(changes):
        where = f"data.augment.{place}"
        if change.moves and table.target is not None and table.target.shape:
            raise ConfigError(
                where,
                f"`{change.kind}` moves pixels, and the target has values at places of its own, which would stay",
                "take it out; brightness, noise and cutout move nothing",
            )
        try:
            change.check(*table.columns[name].picture[:2])
        except ValueError as error:
            raise ConfigError(f"{where}.{change.kind}", str(error)) from None
    return name


def known_white(changes: list[Augment], column: FittedColumn) -> float:
    """The stored value that is white. ConfigError if it is unknown and needed; if it is only unknown, any number
    will do."""
    top = column.picture.top
    for place, change in enumerate(changes):
        if top is None and change.white:
            raise ConfigError(
                f"data.augment.{place}",
                f"`{change.kind}` needs to know which value is white, and nothing tells: the "
                f"numbers of {column.name!r} do not stay within 0 to 255",
                "store them as fractions from 0 (black) to 1 (white); `flip`, and what fills with black, need no white",
            )
    return 1.0 if top is None else top
