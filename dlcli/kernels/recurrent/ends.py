"""Rows that end before the sequence does."""

import numpy as np


def last(sequence: np.ndarray, lengths: np.ndarray | None, out: np.ndarray, where: np.ndarray | None) -> None:
    """out = what stands behind each row's last real step. sequence (steps + 1, rows, units), its first entry being what
    the rows began with. where: memory (rows,) bool."""
    np.copyto(out, sequence[-1])
    if lengths is not None:
        for step in range(len(sequence) - 1):
            np.equal(lengths, step, where)
            np.copyto(out, sequence[step], where=where[:, None])


def arrive(step: int, given: list[np.ndarray], lengths: np.ndarray | None, steps: int, into: np.ndarray,
           where: np.ndarray | None) -> None:
    """Add what the last step's value is asked for from outside, as the way back comes to it: all of `given`."""
    if not given or (lengths is None and step < steps - 1):
        return
    if lengths is not None:
        np.equal(lengths, step + 1, where)
    for asked in given:
        np.add(into, asked, into, where=True if lengths is None else where[:, None])
