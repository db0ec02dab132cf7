"""The sizes that a network is made for."""

from typing import NamedTuple

from dlcli.engine.graph import Graph

SMALL_STEP = 5e6
"""Floating-point operations of a step below which one shard is faster than two (measured: every shard makes all the
calls)."""


class Limits(NamedTuple):
    """Sizes that a network is made for. Only `workers` and `form` may differ between runs that shall give the same
    bytes."""

    batch: int = 32
    evaluation: int = 256
    shards: int = 1
    accumulate: int = 1
    clip_norm: float | None = None
    clip_value: float | None = None
    workers: int = 1
    form: str = "fork"
    last_batch: int | None = None
    """Rows of the epoch's last batch, if they are not `batch`: see `last_batch`."""

    @property
    def largest(self) -> int:
        """Rows of the largest batch."""
        return max(self.batch, self.last_batch or 0)

    @property
    def joined(self) -> int:
        """Rows that the last batch takes in beyond `batch`: 1 or 0."""
        return self.largest - self.batch

    def batch_rows(self, left: int) -> int:
        """Rows of the next batch if so many are left."""
        return left if left <= self.largest else self.batch

    def step_rows(self, left: int) -> int:
        """Rows of the next step, which is `accumulate` batches, if so many are left."""
        whole = self.batch * self.accumulate
        return left if left <= whole + self.joined else whole

    def steps(self, rows: int) -> int:
        """Steps of an epoch of so many rows."""
        return -(-(rows - self.joined) // (self.batch * self.accumulate))

    def is_between(self, position: int, rows: int) -> bool:
        """Whether a step begins after so many rows of an epoch's, or the epoch ends there."""
        whole = position >= 0 and position % (self.batch * self.accumulate) == 0
        return position == rows or (whole and rows - position > self.joined)


def last_batch(rows: int, batch: int, compares: bool) -> int:
    """Rows of an epoch's last batch: what is left.

    compares: whether a layer compares rows, as `batch_norm` does. A single row is then taken into the batch before it:
    alone it has no variance, and would count as much as a whole batch.
    """
    rest = rows % batch
    return batch + 1 if rest == 1 and compares else rest or batch


def automatic_shards(graph: Graph, batch: int) -> int:
    """Micro-shards for a step of this much work: from the config alone, never from the machine."""
    return 1 if 3 * graph.flops() * batch < SMALL_STEP else 2
