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


def edits(found: np.ndarray, wanted: np.ndarray) -> list[tuple[int | None, int | None]]:
    """The fewest edits, token by token in order: (found, wanted), which are equal or one stands for the other; (found,
    None) was put in, (None, wanted) left out.

    Of several ways as short, the one that takes tokens for each other as late as possible. Goes back through the table
    of all distances (Wagner and Fischer 1974): n m steps.
    """
    n, m = len(found), len(wanted)
    far = np.add.outer(np.arange(n + 1), np.arange(m + 1))
    for i in range(n):
        for j in range(m):
            far[i + 1, j + 1] = min(far[i, j] + (found[i] != wanted[j]), far[i, j + 1] + 1, far[i + 1, j] + 1)
    pairs = []
    while n or m:
        if n and m and far[n, m] == far[n - 1, m - 1] + (found[n - 1] != wanted[m - 1]):
            n, m = n - 1, m - 1
            pairs.append((int(found[n]), int(wanted[m])))
        elif n and far[n, m] == far[n - 1, m] + 1:
            n -= 1
            pairs.append((int(found[n]), None))
        else:
            m -= 1
            pairs.append((None, int(wanted[m])))
    return pairs[::-1]
