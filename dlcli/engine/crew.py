"""How many of the workers take part in a step: all, or the caller alone, whichever is faster at the time."""

import time
from math import log

ROUND = 0.05
"""Seconds that are measured together: many turns of a scheduler that shares a core."""
ABSENT = 0.1
"""Share of a round in which the caller neither computes nor spins. More than this, and the cores are not its own."""
LASTING = 4
"""Rounds in a row of which that must be so: what takes a core for a moment is no reason to try anything. As many must a
trial be faster: workers that have slept are given cores at once, but not for long."""
LONG = 0.01
"""Seconds from one meeting of the workers to the next. From here on it hardly matters that one of them waits for a
core, and the memory that the caller alone would need for all shards is not taken."""
CLEAR = 0.1
"""Mean logarithm of the ratio of two times. From here on one is held to be the shorter."""
BUDGET = 0.02
"""Share of all time that may be lost by trying what turns out slower."""
MOST = 4
"""Bound of what one trial may be thought to lose, as a multiple of the time that its steps should take."""


class Crew:
    """Measures steps, and sets how many workers of a pool are `active` in the next one.

    On idle cores all are faster, and nothing else is tried. If other programs use them too, all wait for the one
    that has no core, and the caller may be faster alone. Then each is tried now and then, the more rarely the more a
    trial has cost. clock, spent: seconds of the wall and of this thread.
    """

    def __init__(self, pool, clock=time.perf_counter, spent=time.thread_time):
        self._pool = pool
        self._settled = self._most = pool.active
        self._clock, self._spent = clock, spent
        self._pace: float | None = None         # seconds a step, as it is settled
        self._evidence = 0.0                    # mean logarithm of (pace of the other / pace), below 0 for the other
        self._next, self._lost = 0.0, 0.0       # when a trial may come again; seconds that the running one has cost
        self._disturbed = self._tried = 0       # rounds in a row
        self._steps, self._seconds, self._own, self._runs = 0, 0.0, 0.0, 0

    def begin(self) -> None:
        """A step begins."""
        if self._most > 1:
            self._began = self._clock(), self._spent(), self._pool.runs

    def end(self, whole: bool) -> None:
        """It is done. whole: it had as many rows as the others, else it is not measured."""
        if not whole or self._most == 1:
            return
        now, own, runs = self._clock(), self._spent(), self._pool.runs
        self._seconds += now - self._began[0]
        self._own += own - self._began[1]
        self._runs += runs - self._began[2]
        self._steps += 1
        if self._seconds >= ROUND:
            self._pool.check()      # one that does not take part may be gone too
            after = self._after_usual if self._pool.active == self._settled else self._after_trial
            after(self._seconds / self._steps, now)
            self._steps, self._seconds, self._own, self._runs = 0, 0.0, 0.0, 0

    def _after_usual(self, pace: float, now: float) -> None:
        """After a round as it is settled: is it time to try the other?"""
        self._pace = (pace + (self._pace or pace)) / 2
        disturbed = self._own < (1 - ABSENT) * self._seconds and self._seconds < LONG * self._runs
        self._disturbed = self._disturbed + 1 if disturbed else 0
        if now >= self._next and (self._settled == 1 or self._disturbed >= LASTING):
            self._pool.active = self._most if self._settled == 1 else 1

    def _after_trial(self, pace: float, now: float) -> None:
        """After a round of the other."""
        self._evidence = (self._evidence + log(pace / self._pace)) / 2
        self._lost += self._steps * min(pace - self._pace, MOST * self._pace)       # it may have been stopped meanwhile
        self._tried += 1
        if pace < self._pace and self._tried < LASTING:
            return
        if pace < self._pace and self._evidence < -CLEAR:
            self._settled, self._pace, self._evidence = self._pool.active, pace, 0.0
        self._pool.active = self._settled
        self._next, self._lost, self._tried = now + max(self._lost / BUDGET, MOST * ROUND), 0.0, 0
