"""How many steps an output needs for its target."""

import numpy as np


def needed_steps(t: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """Fewest steps of an output that can stand for each row of tokens t (rows, most), of which `lengths` are real:
    (rows,) int64.

    A step for each token, and a blank between two equal ones, which would be merged without it.
    """
    rows, most = t.shape
    lengths = np.full(rows, most) if lengths is None else lengths
    repeats = (t[:, 1:] == t[:, :-1]) & (np.arange(1, most) < lengths[:, None])
    return lengths + np.count_nonzero(repeats, 1)
