"""Recordings one behind the other: rows of several classes, of which nobody says where each one begins."""

import numpy as np

from dlcli.data.ragged import Ragged


def draw(recordings: int, least: int, most: int, rng: np.random.Generator) -> Ragged:
    """Which recordings each row is joined of: as many rows as recordings, of `least` to `most` each, all numbers
    equally often. Each recording is drawn as often as any other, or once more."""
    starts = np.cumsum([0, *rng.integers(least, most + 1, recordings)])
    total = int(starts[-1])
    drawn = [rng.permutation(recordings) for _ in range(-(-total // recordings))]
    return Ragged(np.concatenate(drawn)[:total], starts)


def join(x: Ragged, members: Ragged, gap: int, silence: float) -> Ragged:
    """The frames of each row's members one behind the other, with `gap` frames of silence between two."""
    between = np.full((gap, *x.shape[2:]), silence, x.dtype)
    starts = joined_starts(np.diff(x.starts), members, gap)
    values, place = np.empty((int(starts[-1]), *x.shape[2:]), x.dtype), 0
    for row in range(len(members)):
        for i, member in enumerate(members.row(row).tolist()):
            for part in [between] * (i > 0) + [x.values[x.starts[member]:x.starts[member + 1]]]:
                values[place:place + len(part)] = part
                place += len(part)
    return Ragged(values, starts)


def joined_starts(steps: np.ndarray, members: Ragged, gap: int) -> np.ndarray:
    """Where each row's frames begin among those of all, int64 (rows + 1,). steps: of each recording."""
    whole = np.add.reduceat(steps[members.values], members.starts[:-1])
    return np.cumsum([0, *(whole + gap * (members.lengths - 1))])
