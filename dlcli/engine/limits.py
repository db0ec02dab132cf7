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
    shapes: tuple[tuple[int, int], ...] = ()
    """(rows, bucket) of the batches of training that differ; () for those of `batch` rows alone."""

    @property
    def largest(self) -> int:
        """Rows of the largest batch."""
        return max([self.batch, *(rows for rows, _ in self.shapes)])


def automatic_shards(graph: Graph, batch: int) -> int:
    """Micro-shards for a step of this much work: from the config alone, never from the machine."""
    return 1 if 3 * graph.flops() * batch < SMALL_STEP else 2
