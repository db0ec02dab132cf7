"""Some rows that stand for all."""

import numpy as np


def evenly(rows: int, most: int) -> np.ndarray:
    """Numbers of at most so many of the rows, ascending int64: evenly spaced from the first to the last, since files
    may be sorted; all if they are no more."""
    return np.linspace(0, rows - 1, min(most, rows)).astype(int)
