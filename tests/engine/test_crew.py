"""Who takes part in a step, by a clock of the test's own: no machine is measured."""

import numpy as np
import pytest

from dlcli.engine import crew
from dlcli.engine.crew import BUDGET, Crew


class Machine:
    """A pool whose steps take what the test says: milliseconds by all and alone. share: that the caller has a core."""

    def __init__(self, workers=2, runs=10):
        self.active, self.runs, self.each, self.checks, self.now, self.own = workers, 0, runs, 0, 0.0, 0.0
        self.steps: list[tuple[int, float]] = []
        self.crew = Crew(self, lambda: self.now, lambda: self.own)

    def check(self):
        self.checks += 1

    def run(self, seconds, everybody, alone, share=1.0, noise=lambda: 1.0, fresh=0.0):
        """Train for so many seconds; returns the share of them spent in steps of one worker. fresh: seconds that
        workers who have slept are faster than the caller alone."""
        self.steps.clear()
        stop = woken = self.now + seconds
        while self.now < stop:
            self.crew.begin()
            woken = self.now if self.active == 1 else min(woken, self.now)
            pace = alone if self.active == 1 else everybody if self.now - woken >= fresh else 0.6 * alone
            took = pace * 1e-3 * noise()
            self.steps.append((self.active, took))
            self.now += took
            self.own += took * (1.0 if self.active == 1 and share > 0.5 else share)
            self.runs += self.each
            self.crew.end(True)
        return sum(took for active, took in self.steps if active == 1) / sum(took for _, took in self.steps)


def test_idle_cores_are_all_used_and_nothing_is_tried():
    machine = Machine()
    assert machine.run(60, 2.5, 4.7) == 0 and machine.run(60, 2.5, 4.7, share=0.95) == 0
    for _ in range(50):         # something else for a moment
        assert machine.run(0.045, 9, 4.7, share=0.2) == machine.run(0.2, 2.5, 4.7) == 0
    assert machine.checks > 2000        # a worker that is gone is noticed anyway


def test_a_busy_machine_is_noticed_at_once_and_an_idle_one_soon():
    machine = Machine()
    machine.run(10, 2.5, 4.7)
    assert machine.run(1, 45, 9, share=0.3) > 0.5
    assert machine.run(60, 45, 9, share=0.3) > 1 - 2 * BUDGET
    assert machine.run(60, 2.5, 4.7) < 0.25 and machine.run(10, 2.5, 4.7) == 0


@pytest.mark.parametrize("when", ["in a trial", "as it is settled"])
def test_who_was_stopped_for_an_hour_is_not_wrong_for_an_hour(when):
    machine = Machine()
    machine.run(10, 45, 9, share=0.3)
    while machine.active != (2 if when == "in a trial" else 1):
        machine.run(0.01, 45, 9, share=0.3)
    machine.run(1, 3.6e6, 3.6e6, share=0.001)
    assert machine.run(60, 45, 9, share=0.3) > 0.85 and machine.run(60, 2.5, 4.7) < 0.4 and machine.active == 2


@pytest.mark.parametrize("everybody, alone", [(4.0, 9.0), (6.4, 8.8), (300.0, 1200.0)])
def test_where_all_are_faster_although_disturbed_trials_cost_little(everybody, alone):
    machine = Machine(runs=100)
    machine.run(200, everybody, alone, share=0.6)
    lost = sum(took - everybody * 1e-3 for active, took in machine.steps if active == 1)
    assert 0 < lost < 1.5 * BUDGET * 200 and machine.active == 2


def test_workers_that_are_given_cores_after_a_sleep_only_are_not_taken_for_faster():
    machine = Machine()
    machine.run(60, 45, 9, share=0.3, fresh=0.12)
    assert len(machine.steps) > 0.95 * 60 / 9e-3


@pytest.mark.parametrize("seed", range(3))
def test_times_that_scatter_are_tried_by_their_mean(seed):
    """A core is had for a turn of some milliseconds, or not: a step in three takes four times as long."""
    rng = np.random.default_rng(seed)
    noise = lambda: 4.0 if rng.random() < 1 / 3 else 1.0
    machine = Machine()
    assert machine.run(100, 8.0, 4.0, 0.4, noise) > 0.9
    assert machine.run(100, 4.0, 8.0, 0.4, noise) < 0.1
    assert machine.run(100, 5.0, 4.0, 0.4, noise) > 0.6


def test_workers_that_seldom_meet_are_left_alone():
    machine = Machine(runs=2)
    assert machine.run(200, 60, 70, share=0.5) == 0
    assert machine.run(200, 60, 50, share=0.5) == 0         # nor do the buffers of all shards come to be needed twice
    machine.each = 100
    assert machine.run(200, 60, 50, share=0.5) > 0.8


def test_a_round_has_many_turns_of_the_scheduler(monkeypatch):
    tried = []
    monkeypatch.setattr(Crew, "_after_trial", lambda self, pace, now: tried.append(self._seconds))
    Machine().run(10, 5, 1, share=0.5)
    assert tried and min(tried) >= crew.ROUND
