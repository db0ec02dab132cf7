"""Memory for the engine: what all workers share, and what one shard keeps for itself."""

import mmap
from math import prod

import numpy as np


def shared(shape, dtype) -> np.ndarray:
    """A zeroed array that forked workers and their parent see alike: an anonymous map, gone with the last process."""
    dtype, shape = np.dtype(dtype), (shape,) if isinstance(shape, int) else shape
    count = prod(shape)
    try:
        block = mmap.mmap(-1, max(1, count * dtype.itemsize))
    except (OSError, OverflowError):
        raise MemoryError(f"{count:,} numbers of type {dtype}") from None
    return np.frombuffer(block, dtype, count).reshape(shape)


class Arena:
    """One shard's private memory, by key: later requests for a key get the front of the same block.

    Plans are compiled with the largest batch first, so a block never has to grow.
    """

    def __init__(self, dtype):
        self.types = {"float": np.dtype(dtype), "float64": np.dtype(np.float64), "int": np.dtype(np.int64),
                      "int32": np.dtype(np.int32), "bool": np.dtype(np.bool_)}
        self._blocks: dict = {}
        self.bytes = 0

    def take(self, key, shape: tuple, dtype: str = "float") -> np.ndarray:
        size = prod(shape)
        block = self._blocks.get((key, dtype))
        if block is None or block.size < size:
            block = self._blocks[key, dtype] = self._block(size, self.types[dtype])
            self.bytes += block.size * block.itemsize
        return block[:size].reshape(shape)

    def _block(self, size: int, dtype: np.dtype) -> np.ndarray:
        return np.empty(size, dtype)


class CountingArena(Arena):
    """Counts what an arena would take, without taking it: its arrays have their shapes, and all elements of one are the
    same."""

    def _block(self, size: int, dtype: np.dtype) -> np.ndarray:
        return np.broadcast_to(np.zeros((), dtype), size)


class Pool:
    """Blocks handed out and given back: two values share one if they are never alive together."""

    def __init__(self, arena: Arena, key: str):
        self._arena, self._key = arena, key
        self._spare: dict = {}          # (elements of a row, dtype) -> numbers of the free blocks
        self._made: dict = {}           # (elements of a row, dtype) -> how many blocks there are

    def take(self, rows: int, shape: tuple, dtype: str = "float", elements: int | None = None
             ) -> tuple[np.ndarray, tuple]:
        """An array (rows, *shape) and the ticket with which it is given back. elements: of a row, as the block is
        known; by default its own."""
        size = prod(shape) if elements is None else elements, dtype
        spare = self._spare.setdefault(size, [])
        if spare:
            number = spare.pop()
        else:
            number = self._made[size] = self._made.get(size, 0) + 1
        return self._arena.take((self._key, size, number), (rows, *shape), dtype), (size, number)

    def give(self, ticket: tuple) -> None:
        size, number = ticket
        self._spare[size].append(number)
