"""What a run must know of its pictures so that others can be brought to its network."""

from typing import NamedTuple

import numpy as np

from dlcli.data.evenly import evenly
from dlcli.data.table import Column

ROWS, BYTES = 1024, 1 << 24
"""Most rows that are looked at, and most bytes: of a file, all of a row is read to see its edges."""
DARK, LIGHT = 0.25, 0.6
"""Mean brightness of a picture's edge below which, and above which, its background counts as dark or light."""


class Appearance(NamedTuple):
    """How a run's training pictures look.

    shape: [height, width, channels]. top: the stored value that is white: of the type for bytes; for fractions 1 or
    255, whichever the training pictures stay within; None if they do neither. edge: mean brightness of their
    outermost pixels, from 0 (black) to 1 (white), or None.
    """

    shape: list[int]
    top: float | None
    edge: float | None


def appearance_of(column: Column, rows: np.ndarray) -> Appearance:
    """How the given rows of a column of pictures look."""
    shape, top, edge = list(column.picture), column.top, None
    if column.stand_in:
        return Appearance(shape, top, edge)
    some = rows[evenly(len(rows), min(ROWS, max(1, BYTES // column.values[0].nbytes)))]
    x = column.values.reshape(-1, *column.picture)
    if top is None:
        low = np.fmin.reduce([np.fmin.reduce(x[row], None) for row in some])
        high = np.fmax.reduce([np.fmax.reduce(x[row], None) for row in some])
        if low >= 0:
            top = 1.0 if high <= 1 else 255.0 if high <= 255 else None
    pixels = np.concatenate(
        [part.ravel() for part in (x[some, 0], x[some, -1], x[some, 1:-1, 0], x[some, 1:-1, -1])]
    ).astype(np.float64)
    pixels = pixels[~np.isnan(pixels)]
    if top is not None and len(pixels):
        edge = float(pixels.mean() / top)
    return Appearance(shape, top, edge)
