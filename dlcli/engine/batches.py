"""How the rows of a data set are cut into batches, and batches into steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np


class Bucket(NamedTuple):
    """The steps that rows of about one length are padded to.

    inputs: of each input of the graph that is padded, by name. target: of the target; None if it is not padded.
    """

    inputs: dict[str, int]
    target: int | None = None


class Batch(NamedTuple):
    """Rows start .. start + rows of a data set's order, which one plan computes. bucket: number of theirs; -1: that of
    the longest rows, which takes all."""

    start: int
    rows: int
    bucket: int = -1


class Pass(NamedTuple):
    """One way through a data set. order: row numbers. steps: the batches of each step, which follow each other."""

    order: np.ndarray
    steps: list[list[Batch]]


@dataclass(frozen=True, kw_only=True)
class Batching:
    """From the config and the number of rows alone, so that every pass over the data has the same number of steps.

    counts: rows of each bucket. sizes: rows per batch of each. accumulate: batches per step. compares: whether a layer
    compares the rows of a batch, as `batch_norm` does: a single row that would be left is taken into the batch before
    it, since alone it has no variance, and would count as much as a whole batch. streams: whether each row of a batch
    goes on in the same row of the next one (`streams`).
    """

    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    accumulate: int = 1
    compares: bool = False
    streams: bool = False

    @property
    def rows(self) -> int:
        return sum(self.counts)

    def cut(self, bucket: int) -> list[int]:
        """Rows of each batch of a bucket."""
        count, size = self.counts[bucket], self.sizes[bucket]
        if self.streams:
            size = min(size, count)
        whole, rest = divmod(count, size) if size else (0, 0)
        batches = [size] * whole
        if rest == 1 and self.compares and whole:
            batches[-1] += 1
        elif rest:
            batches.append(rest)
        return batches

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """(rows, bucket) of all batches that differ, largest first."""
        found = {(rows, bucket) for bucket in range(len(self.counts)) for rows in self.cut(bucket)}
        return sorted(found, reverse=True)

    @cached_property
    def steps(self) -> int:
        """Steps of one pass."""
        batches = sum(len(self.cut(bucket)) for bucket in range(len(self.counts)))
        return -(-batches // self.accumulate)

    def through(self, order: np.ndarray, buckets: np.ndarray | None = None,
                rng: np.random.Generator | None = None) -> Pass:
        """A pass over the rows in this order. buckets: number of each row's bucket, by row number; rows of one bucket
        follow each other then. rng: what draws the order of the batches of different buckets; None: by bucket."""
        if buckets is None:
            sizes = self.cut(0)
            if self.streams and sizes:
                order = order[streams(len(order), sizes[0])]
            return Pass(order, self._grouped(_following([(rows, 0) for rows in sizes])))
        order = order[np.argsort(buckets[order], kind="stable")]
        batches = _following([(rows, bucket) for bucket in range(len(self.counts)) for rows in self.cut(bucket)])
        if rng is not None:
            batches = [batches[i] for i in rng.permutation(len(batches)).tolist()]
            order = np.concatenate([order[b.start:b.start + b.rows] for b in batches])
            batches = _following([(b.rows, b.bucket) for b in batches])
        return Pass(order, self._grouped(batches))

    def _grouped(self, batches: list[Batch]) -> list[list[Batch]]:
        return [batches[i:i + self.accumulate] for i in range(0, len(batches), self.accumulate)]


def _following(sizes: Sequence[tuple[int, int]]) -> list[Batch]:
    starts = np.cumsum([0, *(rows for rows, _ in sizes)]).tolist()
    return [Batch(start, rows, bucket) for start, (rows, bucket) in zip(starts, sizes)]


def streams(rows: int, count: int) -> np.ndarray:
    """Places (rows,) of rows that follow each other, laid out as `count` streams side by side.

    Each stream is a stretch of rows; the k-th batch holds the k-th row of every stream, so that what a row of a batch
    ends with is what the same row of the next batch begins with. The first streams are longer by one row if the rows
    cannot be divided evenly: the last batch then holds these alone.
    """
    each, more = divmod(rows, count)
    starts = np.arange(count) * each + np.minimum(np.arange(count), more)
    places = np.arange(each)[:, None] + starts
    return np.concatenate([places.ravel(), starts[:more] + each])
