"""What a run must know of its pictures so that others can be brought to its network."""

import numpy as np

from dlcli.data.table import Column

ROWS, BYTES = 1024, 1 << 24
"""Most rows that are looked at, and most bytes: of a file, all of a row is read to see its edges."""
DARK, LIGHT = 0.25, 0.6
"""Mean brightness of a picture's edge below which, and above which, its background counts as dark or light."""


def look_of(column: Column, rows: np.ndarray) -> dict | None:
    """{"shape": [height, width, channels], "top", "edge"}, or None where rows are no pictures.

    top: the stored value that is white: of the type for bytes; for fractions 1 or 255, whichever the training pictures
    stay within; None where they do neither. edge: mean brightness of their outermost pixels, from 0 (black) to 1
    (white), or None.
    """
    if column.picture is None:
        return None
    found = {"shape": list(column.picture), "top": column.top, "edge": None}
    if column.stand_in:
        return found
    some = rows[
        np.linspace(0, len(rows) - 1, min(ROWS, len(rows), max(1, BYTES // column.values[0].nbytes))).astype(int)
    ]
    x = column.values.reshape(-1, *column.picture)
    if found["top"] is None:
        low = np.fmin.reduce([np.fmin.reduce(x[row], None) for row in some])
        high = np.fmax.reduce([np.fmax.reduce(x[row], None) for row in some])
        if low >= 0:
            found["top"] = 1.0 if high <= 1 else 255.0 if high <= 255 else None
    edge = np.concatenate(
        [part.ravel() for part in (x[some, 0], x[some, -1], x[some, 1:-1, 0], x[some, 1:-1, -1])]
    ).astype(np.float64)
    edge = edge[~np.isnan(edge)]
    if found["top"] is not None and len(edge):
        found["edge"] = float(edge.mean() / found["top"])
    return found
