"""The contract of augmentations: random changes of training pictures, repeatable by seed, epoch and sample."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from dlcli.engine.component import Component
from dlcli.engine.streams import Stream


class Draws:
    """Random numbers of some samples in one epoch. Each sample has its own, whatever batch, shard or worker it comes
    in."""

    def __init__(self, stream: Stream, epoch: int, samples: np.ndarray):
        self._stream, self._epoch, self._samples, self._calls = stream, epoch, samples.tolist(), 0

    def uniform(self, count: int) -> np.ndarray:
        """Numbers from [0, 1), float64 (samples, count)."""
        out = np.empty((len(self._samples), count))
        for row, sample in zip(out, self._samples):
            self._stream.at(self._epoch, sample, self._calls).random(out=row)
        self._calls += 1
        return out

    def normal(self, out: np.ndarray) -> None:
        """Fill out (samples, n) with numbers of mean 0 and deviation 1."""
        for row, sample in zip(out, self._samples):
            self._stream.at(self._epoch, sample, self._calls).standard_normal(None, out.dtype, row)
        self._calls += 1


class Augment(Component):
    """A random change of pictures, made anew for each sample in each epoch, of the training split only.

    `apply(x, draws, top, keep)` changes x (samples, height, width, channels) in place; black is 0 and white is `top`.
    `keep(name, shape, dtype="float")` is memory that stays between calls, so that a step allocates nothing of a batch's
    size.
    """

    family: ClassVar[str] = "data.augment"
    moves: ClassVar[bool] = False
    """Whether pixels change their places, so that a target with a class at each position would have to follow."""

    @property
    def white(self) -> bool:
        """Whether it uses `top`, so that it must be known: what fills with black does not."""
        return getattr(self, "fill", 0) > 0

    def check(self, height: int, width: int) -> None:
        """ValueError if pictures of this size are too small."""

    def apply(self, x: np.ndarray, draws: Draws, top: float, keep: Callable[..., np.ndarray]) -> None:
        raise NotImplementedError
