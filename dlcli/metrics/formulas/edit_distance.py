"""How far two sequences of tokens are apart."""

import numpy as np


def edit_distance(a: np.ndarray, b: np.ndarray) -> int:
    """Fewest insertions, deletions and substitutions of single tokens that make a (n,) of b (m,) (Levenshtein 1966).

    With D[i, j] the distance of the first i tokens of a from the first j of b, D[i, j] is the least of D[i-1, j] + 1,
    D[i-1, j-1] + (a[i] != b[j]) and D[i, j-1] + 1. The last is a chain along the row: with E[j] the least of the other
    two, D[i, j] is the least of E[k] + j - k over k <= j, which is a running minimum of E[k] - k.
    """
    if len(a) > len(b):
        a, b = b, a
    places = np.arange(len(b) + 1)
    row = places.copy()
    for i, token in enumerate(a, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (b != token))
        row[0], row[1:] = i, best
        row = np.minimum.accumulate(row - places) + places
    return int(row[-1])
