"""How long a process spins before it sleeps: counted in spins, on words that change after so many."""

import os

import pytest

from dlcli.engine import waiting
from dlcli.engine.waiting import LEAST, SPIN, Waiter


class Words:
    """Word 0 is what is waited for: it changes after `delay` spins, or while the waiter sleeps. Word 1: asleep."""

    def __init__(self):
        self.spins = self.delay = self.asleep = 0
        self.crosses = False        # whether word 0 changes just before its owner can know that this process sleeps
        self.wakeup = waiting.wakeup()

    def __getitem__(self, place):
        self.spins += 1
        return int(self.delay < self.spins or self.asleep == 2)

    def __setitem__(self, place, value):
        self.asleep = value
        if self.crosses:
            self.delay = 0

    def rouse(self):
        self.asleep = 2


@pytest.fixture
def words(monkeypatch):
    made = Words()
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    yield made
    os.close(made.wakeup)


def spins(waiter, words, delay) -> int:
    words.spins, words.delay = 0, delay
    assert waiter.wait(0, 0) == 1 and words.asleep == 0
    return words.spins


def test_who_is_answered_soon_does_not_sleep(words):
    waiter = Waiter(words, 1, words.wakeup, words.rouse)
    for i in range(1000):
        spins(waiter, words, (0, 200, 300, 700)[i % 4])
    assert waiter.sleeps == 0


def test_who_spins_in_vain_soon_sleeps_at_once_and_spins_again_now_and_then(words):
    waiter = Waiter(words, 1, words.wakeup, words.rouse)
    counts = [spins(waiter, words, 10**9) for _ in range(1000)]
    assert waiter.sleeps == 1000 and sum(count < 2 * LEAST for count in counts) > 950
    assert sum(counts) < 1000 * 1.5 * LEAST + 8 * SPIN
    assert max(counts[300:]) >= SPIN        # or it would never know that the machine is idle again


def test_who_is_answered_at_once_or_after_long_does_not_spin_for_long(words):
    """So it is where the other side has a core most of the time: it answers soon, or after a turn of others."""
    waiter = Waiter(words, 1, words.wakeup, words.rouse)
    counts = [spins(waiter, words, 10**9 if i % 3 == 2 else 200) for i in range(3000)]
    needed, in_vain, again = 2000 * 200, 1000 * waiting.USUAL, 1000 // waiting.AGAIN * SPIN
    assert waiter.sleeps == 1000 and sum(counts) < needed + in_vain + again + 4 * SPIN


def test_an_idle_machine_is_found_again(words):
    waiter = Waiter(words, 1, words.wakeup, words.rouse)
    for _ in range(50):
        spins(waiter, words, 10**9)
    for _ in range(2 * waiting.AGAIN):
        spins(waiter, words, 20 * LEAST)
    assert waiter.sleeps < 50 + waiting.AGAIN + 1
    before = waiter.sleeps
    for i in range(1000):       # a long wait at the end of each step must not spoil the short ones within
        spins(waiter, words, 10**9 if i % 2 else 20 * LEAST)
    assert waiter.sleeps - before == 500


def test_nobody_sleeps_who_was_answered_just_before(words):
    """The other side saw nobody asleep, and will wake nobody."""
    words.crosses = True
    asked = []
    waiter = Waiter(words, 1, words.wakeup, lambda: asked.append(words.rouse()))
    for _ in range(3):
        spins(waiter, words, 10**9)
    assert waiter.sleeps == 3 and not asked


def test_a_sleeper_asks_whether_it_waits_in_vain(words):
    def gone():
        raise ProcessLookupError

    waiter = Waiter(words, 1, words.wakeup, gone)
    words.delay = 10**9
    with pytest.raises(ProcessLookupError):
        waiter.wait(0, 0)
    assert words.asleep == 0
    os.eventfd_write(words.wakeup, 3)     # a wakeup from before is for nothing: it spins, and sleeps again
    with pytest.raises(ProcessLookupError):
        waiter.wait(0, 0)
