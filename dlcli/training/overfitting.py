"""Whether a training has begun to learn its rows by heart."""

from typing import NamedTuple

RISE = 1.1
"""A last validation loss above the least by this factor has risen ..."""
NOTICED = 0.01
"""... if it rose by this share of the first one as well: below that it is next to nothing, and so is what it does."""


class Turn(NamedTuple):
    """The epoch with the least validation loss, that loss, and the last one, which is above it."""

    epoch: int
    least: float
    last: float


def turned(epochs: list[dict]) -> Turn | None:
    """Whether, in a run's epochs (records of its journal), the validation loss has turned and risen, while the training
    loss went below the least that it was."""
    losses = {record["epoch"]: (record.get("validation") or {}).get("loss") for record in epochs}
    if not losses or None in losses.values():
        return None
    epoch = min(losses, key=losses.get)
    first, *_, last = (*losses.values(), epochs[-1]["validation"]["loss"])
    least, train = losses[epoch], epochs[-1]["train"]["loss"]
    if train is None or train >= least or last <= RISE * least or last - least <= NOTICED * first:
        return None
    return Turn(epoch, least, last)
