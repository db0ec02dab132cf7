"""Pools of workers by themselves, without a network."""

import os

import pytest

from dlcli.engine import waiting, workers
from dlcli.engine.workers import Forked


def test_nobody_sleeps_through_its_wakeup(monkeypatch):
    """All sleep at every turn, without one spin before. Had one missed its wakeup, its patience would have ended."""
    words = memoryview(workers.mmap.mmap(-1, 80)).cast("q")
    for name, value in (("SPIN", 0), ("LEAST", 0), ("PATIENCE", 30)):
        monkeypatch.setattr(waiting, name, value)
    monkeypatch.setattr(Forked, "check", lambda self: words.__setitem__(8, words[8] + 1))
    parent = os.getpid()
    monkeypatch.setattr(os, "getppid", lambda: (words.__setitem__(9, words[9] + 1), parent)[1])

    def work(worker, active):
        words[worker] += active

    pool = Forked([work], 3)
    try:
        expected = [0, 0, 0]
        for pool.active in [3, 1, 2, 3, 1] * 400:
            pool.run(0)
            for worker in range(pool.active):
                expected[worker] += pool.active
            assert words[:3].tolist() == expected
        assert pool._waiter.sleeps > 100 and words[8] == words[9] == 0
    finally:
        pool.close()


def test_an_error_in_a_thread_reaches_the_caller_once():
    faults = [ValueError("planted"), None]

    def work(worker, active):
        if worker == 1 and (fault := faults.pop(0)):
            raise fault

    pool = workers.Threads([work], 2)
    with pytest.raises(ValueError, match="planted"):
        pool.run(0)
    pool.run(0)
    pool.close()


def test_forking_needs_a_single_thread():
    threads = workers.Threads([lambda worker, active: None], 2)
    assert workers.usable("fork", 2) == "thread"
    threads.close()
    assert workers.usable("fork", 2) == "fork"
