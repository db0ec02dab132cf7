"""Fair timing of two contestants: in turn, in one process, with the caches warmed before each sample."""

import gc
import time
from collections.abc import Callable

import numpy as np


def interleave(contestants: list[Callable], samples: int = 11, warm: int = 3) -> list[np.ndarray]:
    """Run each contestant in turn, `samples` times, and return the seconds of each sample.

    Before a sample the contestant runs once untimed: the other one has just filled the caches. The collector is off, as
    it would strike either at random.
    """
    for contestant in contestants:
        for _ in range(warm):
            contestant()
    seconds = [[] for _ in contestants]
    gc.collect()
    gc.disable()
    try:
        for _ in range(samples):
            for i, contestant in enumerate(contestants):
                contestant()
                start = time.perf_counter()
                contestant()
                seconds[i].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return [np.array(s) for s in seconds]
