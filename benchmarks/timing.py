"""Fair timing of two contestants: in turn, in one process, with the caches warmed before each sample."""

import gc
import time
from collections.abc import Callable

import numpy as np


def interleave(
    contestants: list[Callable], samples: int = 11, warm: int = 3, clock=time.perf_counter
) -> list[np.ndarray]:
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
                start = clock()
                contestant()
                seconds[i].append(clock() - start)
    finally:
        gc.enable()
    return [np.array(s) for s in seconds]


def beside(
    ours: Callable, peers: dict[str, Callable], samples: int, steps: int, one_core: bool = False
) -> tuple[float, str, float]:
    """Milliseconds a step, the peer that is fastest and its milliseconds. one_core: of processor time, since each side
    uses one core."""
    clock = time.process_time if one_core else time.perf_counter
    times = [float(np.median(s)) * 1e3 / steps for s in interleave([ours, *peers.values()], samples, clock=clock)]
    fastest, name = min(zip(times[1:], peers))
    return times[0], name, fastest
