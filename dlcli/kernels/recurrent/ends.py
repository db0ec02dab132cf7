"""Rows that end before the sequence does: sorted by length, so that those still under way at a step are the first."""

from typing import NamedTuple

import numpy as np


class Ends(NamedTuple):
    """How far the rows of a batch go, the longest first.

    counts: rows under way at each step. starts: real steps of all rows before each step, and in all. order: which row
    of the batch each one is, and lengths, theirs; None if all rows have all steps, and lie as they come.
    """

    counts: list[int]
    starts: list[int]
    order: np.ndarray | None = None
    lengths: np.ndarray | None = None

    @property
    def real(self) -> int:
        """Real steps of all rows."""
        return self.starts[-1]

    def sort(self, array: np.ndarray, out: np.ndarray) -> None:
        """out = rows of the batch in this order."""
        if self.order is None:
            np.copyto(out, array)
            return
        for place, row in enumerate(self.order):
            out[place] = array[row]

    def unsort(self, array: np.ndarray, out: np.ndarray) -> None:
        """out = rows in this order, as they lie in the batch."""
        if self.order is None:
            np.copyto(out, array)
            return
        for place, row in enumerate(self.order):
            out[row] = array[place]

    def pack(self, sequence: np.ndarray, memory: np.ndarray) -> np.ndarray:
        """The real steps of all rows one behind the other (real, width), step by step. sequence (steps, rows, width);
        memory: not used if all steps are real."""
        width = sequence.shape[-1]
        if self.order is None:
            return sequence.reshape(-1, width)
        packed = memory.reshape(-1)[:self.real * width].reshape(-1, width)
        for step, count, start in zip(sequence, self.counts, self.starts):
            packed[start:start + count] = step[:count]
        return packed

    def unpack(self, packed: np.ndarray, out: np.ndarray) -> None:
        """The way back: out (steps, rows, width) is zero behind the rows' ends."""
        for step, count, start in zip(out, self.counts, self.starts):
            step[:count], step[count:] = packed[start:start + count], 0


def ends(lengths: np.ndarray | None, rows: int, steps: int, memory: np.ndarray | None) -> Ends:
    """Of a batch; lengths: None if all rows have all steps. memory (2, rows) int64: for `order` and `lengths`."""
    if lengths is None:
        return Ends([rows] * steps, [step * rows for step in range(steps + 1)])
    order, own = memory         # one number a row, (steps - length) rows + row, is sorted: nothing is allocated
    order.fill(1)
    np.add.accumulate(order, 0, None, order)
    order -= 1
    np.subtract(steps, lengths, own)
    own *= rows
    own += order
    own.sort()
    counts = [int(own.searchsorted((steps - step) * rows)) for step in range(steps)]
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    np.remainder(own, rows, order)
    own //= rows
    np.subtract(steps, own, own)
    return Ends(counts, starts, order, own)


def bring(x: np.ndarray, ends: Ends, out: np.ndarray) -> None:
    """out (steps, rows, ...) = the batch x (rows, steps, ...) sorted, zero behind each row's end, whatever stood there.
    """
    if ends.order is None:
        np.copyto(out, x.swapaxes(0, 1))
        return
    for place, (row, length) in enumerate(zip(ends.order, ends.lengths)):
        out[:length, place] = x[row, :length]
    clear(out, ends)


def give(sequence: np.ndarray, ends: Ends, y: np.ndarray) -> None:
    """y (rows, steps, ...) = a sequence (steps, rows, ...), the rows as they lie in the batch."""
    ends.unsort(sequence.swapaxes(0, 1), y)


def last(sequence: np.ndarray, ends: Ends, out: np.ndarray) -> None:
    """out = what stands behind each row's last real step, the rows as they lie in the batch. sequence (steps + 1, rows,
    units), its first entry being what the rows began with."""
    if ends.order is None:
        np.copyto(out, sequence[-1])
        return
    for place, (row, length) in enumerate(zip(ends.order, ends.lengths)):
        out[row] = sequence[length, place]


def clear(sequence: np.ndarray, ends: Ends) -> None:
    """Zero behind each row's last real step, whatever stood there. sequence (steps, rows, ...)."""
    if ends.order is None:
        return
    for step, count in zip(sequence, ends.counts):
        if count < len(step):
            step[count:] = 0


def turn(sequence: np.ndarray, ends: Ends, out: np.ndarray) -> None:
    """out = the real part of each row backwards, zero behind it; what is turned twice is as it was. Both (steps, rows,
    ...), in memory of their own."""
    if ends.order is None:
        np.copyto(out, sequence[::-1])
        return
    for row, length in enumerate(ends.lengths):
        out[:length, row] = sequence[:length, row][::-1]
    clear(out, ends)


def arrive(step: int, given: list[list[np.ndarray]], ends: Ends, into: tuple) -> None:
    """Add what the rows' last values are asked for from outside, as the way back comes to the rows that end with this
    step: to each of `into` all of its part of `given`. All are (rows, units); those given lie as in the batch."""
    first, stop = ends.counts[step + 1] if step + 1 < len(ends.counts) else 0, ends.counts[step]
    if first == stop:
        return
    for parts, total in zip(given, into):
        for asked in parts:
            if ends.order is None:
                np.add(total, asked, total)
                continue
            for place in range(first, stop):
                total[place] += asked[ends.order[place]]
