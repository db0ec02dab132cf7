"""Rows that end before their arrays do: what comes after a row's length counts for nothing."""

from collections.abc import Iterator

import numpy as np

from dlcli.engine.loss import Loss


def count(loss: Loss, t) -> int:
    """Numbers in the target's rows that are real (`per_row` and `per_position` are set by `_targets.elements`)."""
    return int(loss.target_lengths.sum()) * loss.per_position if loss.padded else len(t) * loss.per_row


def real(loss: Loss, t) -> Iterator:
    """What is real of the target's rows, one after the other."""
    if not loss.padded:
        return iter([t.reshape(-1)])
    return (row[:length] for row, length in zip(t, loss.target_lengths, strict=True))


def mark(loss: Loss) -> None:
    """Sets `pad` for this batch."""
    np.greater_equal(np.arange(loss.pad.shape[1]), loss.target_lengths[:, None], out=loss.pad)


def clear(loss: Loss, values: np.ndarray) -> None:
    """Sets padded positions of a C-contiguous (rows, positions, ...) array to 0, whatever stood there (not even NaN
    remains)."""
    rows, positions = loss.pad.shape
    np.copyto(values.reshape(rows, positions, -1), False, where=loss.pad[:, :, None])
