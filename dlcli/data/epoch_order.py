"""The order in which an epoch goes through the training rows."""

import numpy as np

from dlcli.data.dataset import Dataset
from dlcli.engine.batches import Batching, Pass
from dlcli.engine.streams import Stream
from dlcli.errors import ConfigError


class EpochOrder:
    """Keyed orders: the same seed and epoch give the same rows, whatever came before.

    shuffle: a new order each epoch; else the rows as they are, as they always are in streams. sampling: "uniform", each
    row once an epoch; "balanced", as many rows an epoch, each class equally often (to within one row), the rows of rare
    classes drawn again.
    """

    def __init__(self, train: Dataset, batching: Batching, seed: int, shuffle: bool = True, sampling: str = "uniform"):
        self.rows, self.batching, self._buckets = len(train), batching, train.buckets
        self._stream, self._shuffle = Stream(seed, "shuffle"), shuffle and not batching.streams
        self._classes = None
        if sampling == "balanced":
            self._classes = _rows_by_class(train, shuffle)

    def __len__(self) -> int:
        """Steps per epoch; the last may be short."""
        return self.batching.steps

    def epoch(self, number: int) -> Pass:
        """The rows of an epoch, counted from 0, and how they are cut."""
        order = self.order(number)
        if self._buckets is None:
            return self.batching.through(order)
        return self.batching.through(order, self._buckets, self._stream.at(number, 1) if self._shuffle else None)

    def order(self, number: int) -> np.ndarray:
        """Row numbers (rows,) int64 for an epoch, counted from 0."""
        rng = self._stream.at(number)
        if self._classes is not None:
            return self._balanced(rng)
        return rng.permutation(self.rows) if self._shuffle else np.arange(self.rows)

    def _balanced(self, rng: np.random.Generator) -> np.ndarray:
        each, more = divmod(self.rows, len(self._classes))
        lucky = rng.permutation(len(self._classes)) < more
        drawn = [_draw(rng, rows, each + bool(extra)) for rows, extra in zip(self._classes, lucky)]
        return rng.permutation(np.concatenate(drawn))


def _draw(rng: np.random.Generator, rows: np.ndarray, count: int) -> np.ndarray:
    """So many of the rows, each equally often to within one."""
    times, rest = divmod(count, len(rows))
    return np.concatenate([np.repeat(rows, times), rng.permutation(rows)[:rest]])


def _rows_by_class(train: Dataset, shuffle: bool) -> list[np.ndarray]:
    if train.target.dtype.kind != "i" or train.target.ndim != 1:
        raise ConfigError("data.sampling", "balanced sampling needs one class per row, and the target here is none")
    if not shuffle:
        raise ConfigError(
            "data.sampling",
            "balanced sampling draws at random, and `training.shuffle` is off",
            "set `sampling: uniform`",
        )
    order = np.argsort(train.target, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(train.target[order])) + 1)
