"""Whether a training has begun to learn its rows by heart."""

RISE = 1.1
"""A last validation loss above the least by this factor is called overfitting."""


def risen(least: float, last: float, train: float) -> bool:
    """Whether the validation loss has turned and risen, while the training loss went below the least that it was."""
    return last > RISE * least and train < least
