"""How a process waits for another one: it spins on a word in shared memory for a while, then sleeps until it is woken.

Spinning is fastest if the other side computes on a core of its own. If that one waits for a core, spinning keeps it
from one. So a process spins a few times as long as it took of late, and hardly at all if that was in vain.
"""

import os
import select
import threading
from collections.abc import Callable

SPIN = 20_000
"""How often a process reads the word, at most, before it goes to sleep (about a millisecond)."""
USUAL = 2_000
"""Fewest as long as they are not in vain. A sleeper wakes up within that time, so not all come to sleep by turns."""
LEAST = 100
"""Fewest if they were in vain many times."""
MARGIN = 4
"""How many times as long as it took of late a process spins."""
AGAIN = 256
"""Every so many sleeps a process spins for long once more: the machine may have become idle."""
PATIENCE = 0.02
"""Seconds of sleep after which a process sees whether the other side is still there."""


def wakeup() -> int:
    """A descriptor on which a process sleeps until others write to it. A pipe would do, but it draws whom it wakes to
    the core of the writer, who goes on computing there."""
    return os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)


def fence() -> None:
    """What was stored before is seen by all before anything is read after: a lock's instructions see to it. A processor
    may else do the two the other way round; then one side falls asleep just when the other reads whether it sleeps.
    The lock is a new one: a signal's handler that raises in between would leave an old one held for ever."""
    lock = threading.Lock()
    lock.acquire()
    lock.release()


class Waiter:
    """One process that waits. words: shared memory; `words[asleep]` says that it must be woken by `wakeup`. alive:
    called whenever it has slept for `PATIENCE` seconds; raises if it would wait in vain."""

    def __init__(self, words, asleep: int, wakeup: int, alive: Callable[[], None]):
        self._words, self._asleep, self._wakeup, self._alive = words, asleep, wakeup, alive
        self._poll = select.poll()
        self._poll.register(wakeup, select.POLLIN)
        self.limit = self._learned = SPIN       # spins in the next wait; what they are but for AGAIN
        self.sleeps = 0

    def wait(self, place: int, old: int) -> int:
        """Wait until `words[place]` is another than `old`; returns it."""
        words, limit, spins = self._words, self.limit, 0
        while (word := words[place]) == old:
            spins += 1
            if spins > limit:
                return self._sleep(place, old)
        if spins and (limit != USUAL or MARGIN * spins > USUAL):
            change = min(max(MARGIN * spins, USUAL), SPIN) - self._learned
            self._learned += change // 4 or change
            self.limit = self._learned
        return word

    def _sleep(self, place: int, old: int) -> int:
        words, self.sleeps = self._words, self.sleeps + 1
        self._learned = max(self._learned * 3 // 4, LEAST)
        self.limit = SPIN if self.sleeps % AGAIN == 0 else self._learned
        words[self._asleep] = 1
        fence()
        try:
            while (word := words[place]) == old:
                if self._poll.poll(PATIENCE * 1000):
                    os.eventfd_read(self._wakeup)
                else:
                    self._alive()
        finally:
            words[self._asleep] = 0
        return word
