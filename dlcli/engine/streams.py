"""Random numbers that are keyed, never stored.

Every purpose, entry and parameter has a Philox generator of its own. Its key is a hash of the seed and the names, its
counter is set from where training stands. So a checkpoint holds no generator state, and a resumed run, or the same
shard in another process, draws the same numbers.
"""

from hashlib import blake2b

import numpy as np


class Stream:
    """One keyed sequence: `at(epoch, step, part)` places it, `rng` draws from there."""

    def __init__(self, seed: int, *names: str):
        digest = blake2b("\0".join((str(seed), *names)).encode(), digest_size=16).digest()
        self._bits = np.random.Philox(key=np.frombuffer(digest, "<u8").astype(np.uint64))
        self.rng = np.random.Generator(self._bits)
        self._state = self._bits.state
        self._counter = self._state["state"]["counter"]

    def at(self, epoch: int = 0, step: int = 0, part: int = 0) -> np.random.Generator:
        """The generator, placed. `part` tells shards and accumulation steps of one step apart."""
        self._counter[1:] = part, step, epoch       # word 0 counts the draws
        self._bits.state = self._state
        return self.rng


def uniform(rng: np.random.Generator, out: np.ndarray) -> None:
    """Fill an array with draws from [0, 1). Floats wider than 64 bits (gradient checks) get the draws of float64."""
    if out.dtype.itemsize > 8:
        out[...] = rng.random(out.shape)
    else:
        rng.random(None, out.dtype, out)
