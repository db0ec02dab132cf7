"""What layers and losses share: asking the network for memory, instead of allocating it."""

from math import prod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from dlcli.engine.component import Component


class Array(NamedTuple):
    """One array that a module asked for. `rows`: it has the batch as an extra axis; `axis`: which one."""

    shape: tuple
    dtype: str = "float"
    rows: bool = True
    axis: int = 0

    def full(self, rows: int) -> tuple:
        """Its whole shape, for a batch of so many rows."""
        return (*self.shape[:self.axis], rows, *self.shape[self.axis:]) if self.rows else self.shape

    def elements(self, rows: int) -> int:
        return prod(self.full(rows))


class Buffer(NamedTuple):
    shape: tuple
    init: object


class Module(Component):
    """A component that computes on batches. In `build` it declares arrays; after that each is an attribute.

    Nothing the size of a batch is allocated during a step. `dtype` is "float" (the network's float type), "float64",
    "int", "int32" or "bool". `rows=False` leaves out the batch axis, `axis` puts it elsewhere: a recurrent kernel wants
    time first.
    """

    def __post_init__(self):
        self.kept, self.temps, self.reduces, self.buffers = {}, {}, {}, {}
        self.uses_rng = False

    def keep(self, name: str, shape, dtype: str = "float", rows: bool = True, axis: int = 0) -> None:
        """Ask for an array that lasts from forward to backward of one batch."""
        self.kept[name] = Array(tuple(shape), dtype, rows, axis)

    def temp(self, name: str, shape, dtype: str = "float", rows: bool = True, axis: int = 0) -> None:
        """Ask for an array that lasts for one call; its memory is shared by all modules of a shard."""
        self.temps[name] = Array(tuple(shape), dtype, rows, axis)

    def reduce(self, name: str, shape) -> None:
        """Ask for a float64 array that is summed over the whole batch.

        Each shard writes its part in `forward_reduce` (or `backward_reduce`); the engine adds the parts in shard order;
        `forward` (or `backward`) then reads the total. A name that begins with "d" belongs to the backward pass.
        """
        self.reduces[name] = tuple(shape)

    def buffer(self, name: str, shape, init="zeros") -> None:
        """Ask for an array that is not learned but is part of the model (running statistics): in checkpoints and
        hashes.

        All shards see the same memory: only the shard with `self.shard == 0` may write it, and only while training.
        """
        self.buffers[name] = Buffer(tuple(shape), init)

    def random(self) -> None:
        """Ask for `self.rng`, a Generator placed by seed, entry, step and shard before each forward of training."""
        self.uses_rng = True

    shard: ClassVar[int] = 0
    """Which shard of the batch this copy of the module computes."""
    shard_rows: ClassVar[int] = 0
    """Rows of this shard."""
    batch_rows: ClassVar[int] = 0
    """Rows of the whole batch, all shards together."""

    if TYPE_CHECKING:
        def __getattr__(self, name: str) -> np.ndarray: ...
