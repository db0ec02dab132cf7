"""What a run must know of its pictures so that others can be brought to its network."""

import numpy as np

from dlcli.data.table import Column

SEEN = 1024
"""Rows that are looked at."""


def look_of(column: Column, rows: np.ndarray) -> dict | None:
    """{"shape": [height, width, channels], "top", "edge"}, or None where rows are no pictures.

    top: the stored value that is white: of the type for bytes; for fractions 1 or 255, whichever the training pictures stay within;
    None where they do neither. edge: mean brightness of their outermost pixels, from 0 (black) to 1 (white), or None.
    """
    if column.picture is None:
        return None
    found = {"shape": list(column.picture), "top": column.top, "edge": None}
    if column.stand_in:
        return found
    some = rows[np.linspace(0, len(rows) - 1, min(SEEN, len(rows))).astype(int)]
    x = column.values[some].reshape(len(some), *column.picture).astype(np.float64)
    known = x[~np.isnan(x)]
    if found["top"] is None and len(known) and known.min() >= 0:
        most = known.max()
        found["top"] = 1.0 if most <= 1 else 255.0 if most <= 255 else None
    edge = np.concatenate([part.ravel() for part in (x[:, 0], x[:, -1], x[:, 1:-1, 0], x[:, 1:-1, -1])])
    edge = edge[~np.isnan(edge)]
    if found["top"] is not None and len(edge):
        found["edge"] = float(edge.mean() / found["top"])
    return found
