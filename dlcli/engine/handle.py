"""A data set as a network knows it."""

from typing import NamedTuple

import numpy as np


class Handle(NamedTuple):
    """A data set that a network reads, as `Network.add` gives it.

    number: by which forked workers know it. order: row numbers, in the order in which they are read; seen by all
    workers, and changed by `Network.reorder`.
    """

    number: int
    dataset: object
    order: np.ndarray
