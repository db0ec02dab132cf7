"""Sums over the rows of a matrix."""

import numpy as np

BLOCK = 1024
"""Rows that are summed at a time."""


def add_rows(matrix, total, work) -> None:
    """By products with ones: the cheapest way, and more exact than adding one row after another. work: BLOCK + columns
    elements."""
    ones, part = work[:BLOCK], work[BLOCK:BLOCK + len(total)]
    ones.fill(1)
    for start in range(0, len(matrix), BLOCK):
        rows = matrix[start:start + BLOCK]
        np.matmul(ones[:len(rows)], rows, part if start else total)
        if start:
            np.add(total, part, total)
