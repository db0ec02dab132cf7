"""Rows that end before the sequence does."""

import numpy as np


def last(sequence: np.ndarray, lengths: np.ndarray | None, out: np.ndarray) -> None:
    """out = what stands behind each row's last real step. sequence (steps + 1, rows, units), its first entry being what
    the rows began with."""
    if lengths is None:
        np.copyto(out, sequence[-1])
        return
    for row, length in enumerate(lengths):      # faster than masks, and NumPy's masked copies see every element
        out[row] = sequence[length, row]


def clear(sequence: np.ndarray, lengths: np.ndarray | None) -> None:
    """Zero behind each row's last real step, whatever stood there. sequence (steps, rows, ...)."""
    if lengths is None:
        return
    steps = len(sequence)
    for row, length in enumerate(lengths):
        if length < steps:
            sequence[length:, row] = 0


def turn(sequence: np.ndarray, lengths: np.ndarray | None, out: np.ndarray) -> None:
    """out = the real part of each row backwards, zero behind it; what is turned twice is as it was. Both (steps, rows,
    ...), in memory of their own."""
    if lengths is None:
        np.copyto(out, sequence[::-1])
        return
    for row, length in enumerate(lengths):
        out[:length, row] = sequence[:length, row][::-1]
    clear(out, lengths)


def arrive(step: int, given: list[list[np.ndarray]], lengths: np.ndarray | None, steps: int, into: tuple,
           where: np.ndarray | None) -> None:
    """Add what the last step's values are asked for from outside, as the way back comes to it: to each of `into` all of
    its part of `given`, all of them (rows, units)."""
    if lengths is None and step < steps - 1:
        return
    if lengths is not None:
        np.equal(lengths, step + 1, where)
        if not where.any():
            return
    for parts, total in zip(given, into):
        for asked in parts:
            np.add(total, asked, total, where=True if lengths is None else where[:, None])
