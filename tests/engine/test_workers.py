"""The same bytes from any number of workers in any form; and what happens when one of them dies."""

import gc
import itertools
import os
import resource
import signal
import time

import numpy as np
import pytest

from dlcli.engine import update, waiting, workers
from dlcli.engine.batches import Batch
from dlcli.engine.crew import Crew
from dlcli.engine.workers import Forked, WorkerDied
from dlcli.errors import Exit, RunError
from tests.engine.toys import network, train

FORMS = [("serial", 3), ("thread", 2), ("thread", 3), ("fork", 2), ("fork", 3)]
CASES = [
    (1, {}),
    (3, {"clip_norm": 0.1}),
    (3, {"accumulate": 3}),
    (3, {}),
    (8, {"accumulate": 2, "clip_norm": 0.1, "clip_value": 0.01}),
]


class Turns:
    """In the place of a Crew: another number of active workers in every step, and in the validation after it."""

    def __init__(self, pool, turns):
        self.pool, self.turns, self.taken = pool, itertools.cycle(turns), set()

    def begin(self):
        self.pool.active = next(self.turns)
        self.taken.add(self.pool.active)

    def end(self, whole):
        pass


def result(form: str, count: int, shards: int, turns=(), **limits):
    made = network(batch=32, shards=shards, workers=count, form=form, evaluation=48,
                   optimizer={"adamw": {"weight_decay": 0.1}}, **limits)
    made.start()
    if turns:
        made.crew = Turns(made.pool, turns)
    try:
        seen = train(made, 2)
        assert not turns or made.crew.taken == set(turns)
        outputs = []
        seen.append(made.evaluate(made.handles[0], lambda a: outputs.append(a.y.copy())))
        buffers = [buffer.tobytes() for buffer in made.parameters.buffers.values()]
        return made.pool.form, seen, made.theta.tobytes(), np.concatenate(outputs).tobytes(), buffers
    finally:
        made.close()


@pytest.mark.parametrize("shards, limits", CASES, ids=str)
def test_workers_do_not_change_a_byte(shards, limits, monkeypatch):
    monkeypatch.setattr(update, "BLOCK", 50)        # some twenty blocks, so that each worker has its own
    reference = result("serial", 1, shards, **limits)
    for form, count in [*FORMS, *([("fork", 8), ("thread", 8)] if shards == 8 else [])]:
        found = result(form, count, shards, **limits)
        assert found[0] == form
        assert found[1:] == reference[1:], f"{count} workers, {form}"


@pytest.mark.parametrize("shards, limits", CASES[1:], ids=str)
def test_workers_that_come_and_go_do_not_change_a_byte(shards, limits, monkeypatch):
    """Their number changes with every step: what one of them keeps from its own last step must not matter."""
    monkeypatch.setattr(update, "BLOCK", 50)
    reference = result("serial", 1, shards, **limits)
    for form, count, turns in [("fork", 2, (2, 1)), ("fork", 3, (3, 1, 2, 1, 3)), ("thread", 3, (1, 3, 2))]:
        assert result(form, count, shards, turns, **limits)[1:] == reference[1:], f"{form}, {turns} active"


@pytest.mark.parametrize("trains, expected", [(True, [True, True, True] + 4 * [False]), (False, [True, True, False])])
def test_whole_steps_say_who_takes_part_and_evaluations_where_nothing_is_trained(trains, expected, monkeypatch):
    """100 rows in batches of 32, evaluated in batches of 48."""
    measured = []
    monkeypatch.setattr(Crew, "end", lambda self, whole: measured.append(whole))
    made = network(batch=32, evaluation=48, shards=2, workers=2, form="thread", train=trains)
    with made:
        if trains:
            train(made, 1)
        made.evaluate(made.handles[0], lambda a: None)
    assert measured == expected


def test_shards_are_part_of_the_result():
    assert result("serial", 1, 1)[2] != result("serial", 1, 3)[2]


def test_batches_of_fewer_rows_than_shards_use_nothing_of_the_batch_before():
    results = []
    for shards in (2, 5):
        made = network(batch=20, shapes=((20, 0), (2, 0)), shards=shards, optimizer={"sgd": {"learning_rate": 0.1}})
        made.start()
        start = made.theta.copy()
        made.step(made.handles[0], [Batch(0, 20)], 0, 0, 0.1)
        made.parameters.theta[...] = start
        results.append((made.step(made.handles[0], [Batch(40, 2)], 0, 1, 0.1), made.theta.tobytes()))
    assert results[0] == results[1]


def descriptors() -> int:
    gc.collect()        # what earlier tests left must not be closed between two counts
    return len(os.listdir("/proc/self/fd"))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how, status", [("raises", Exit.BUG), ("is killed", Exit.RUN)])
def test_a_lost_worker_ends_the_step_and_leaves_no_process(how, status, capfd):
    def work(worker, active):
        if worker == 1:
            if how == "raises":
                raise ValueError("planted")
            os.kill(os.getpid(), signal.SIGKILL)

    files = descriptors()
    pool = Forked([work], 3)
    children = list(pool._children.values())
    start = time.monotonic()
    with pytest.raises(
        WorkerDied, match="worker 1: " + ("failed" if how == "raises" else "was ended by signal 9")
    ) as raised:
        pool.run(0)
    assert raised.value.status == status and isinstance(raised.value, RunError)
    assert time.monotonic() - start < 60
    assert not any(map(alive, children)) and descriptors() == files
    if how == "raises":
        assert "planted" in capfd.readouterr().err


def test_a_worker_that_is_gone_is_noticed_where_the_system_keeps_no_status():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        pool = Forked([lambda worker, active: None], 3)
        os.kill(pool._children[2], signal.SIGKILL)
        with pytest.raises(WorkerDied, match="worker 2: ended"):
            pool.run(0)
        Forked([lambda worker, active: None], 2).close()
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_signals_for_the_whole_group_leave_the_workers_to_their_parent():
    pool = Forked([lambda worker, active: None], 2)
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pool._children[1], number)
        time.sleep(0.05)
        pool.run(0)
    finally:
        pool.close()


def test_a_worker_holds_nothing_but_its_own_wakeup_and_that_of_its_parent():
    pool = Forked([lambda worker, active: None], 4)
    pool.run(0)
    held = {worker: [number for number in pool._wakeups if os.path.lexists(f"/proc/{pid}/fd/{number}")]
            for worker, pid in pool._children.items()}
    wakeups = pool._wakeups
    pool.close()
    assert held == {worker: [wakeups[0], wakeups[worker]] for worker in (1, 2, 3)}


@pytest.mark.parametrize("notice", ["when it is called", "while it is not"])
def test_a_worker_that_dies_asleep_is_noticed(notice):
    ran = workers.mmap.mmap(-1, 8)
    pool = Forked([lambda worker, active: ran.__setitem__(worker, 1)], 3)
    children, pool.active = list(pool._children.values()), 1
    os.kill(children[1], signal.SIGKILL)
    os.waitid(os.P_PID, children[1], os.WEXITED | os.WNOWAIT)
    pool.run(0)
    assert ran[:3] == b"\1\0\0"
    crew = Crew(pool, iter(range(100)).__next__, lambda: 0.0)
    crew.begin()
    with pytest.raises(WorkerDied, match="worker 2: was ended by signal 9"):
        if notice == "while it is not":
            crew.end(True)
        pool.active = 3
        pool.run(0)
    assert not any(map(alive, children)) and ran[2] == 0


def test_a_worker_that_does_not_listen_is_killed(monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 0.05)
    files, pool = descriptors(), Forked([lambda worker, active: None], 3)
    children = list(pool._children.values())
    os.kill(children[0], signal.SIGSTOP)
    pool.close()
    assert not any(map(alive, children)) and descriptors() == files


def test_an_error_of_the_caller_leaves_a_pool_that_can_be_closed():
    def work(worker, active):
        if worker == 0:
            raise KeyboardInterrupt
        time.sleep(0.05)

    pool = Forked([work], 2)
    children = list(pool._children.values())
    with pytest.raises(KeyboardInterrupt):
        pool.run(0)
    pool.close()
    assert not any(map(alive, children))


def test_without_further_processes_or_descriptors_one_does_it_all(monkeypatch):
    forks, files = [], descriptors()

    def fork():
        forks.append(0)
        if len(forks) == 2:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    real = os.fork
    monkeypatch.setattr(os, "fork", fork)
    assert workers.start([lambda worker, active: None], 4, "fork").form == "serial" and len(forks) == 2
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        assert workers.start([lambda worker, active: None], 2, "fork").form == "serial"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert descriptors() == files


@pytest.mark.parametrize("notice", ["by the system", "by looking"])
def test_workers_go_when_their_parent_is_killed(notice, monkeypatch):
    if notice == "by looking":
        monkeypatch.setattr(workers.ctypes, "CDLL", lambda name: object())
    else:
        monkeypatch.setattr(waiting, "PATIENCE", 60)
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        pool = Forked([lambda worker, active: None], 3)
        os.write(write, b" ".join(str(pid).encode() for pid in pool._children.values()))
        time.sleep(60)
        os._exit(0)
    os.close(write)
    children = [int(pid) for pid in os.read(read, 100).split()]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    deadline = time.monotonic() + 300
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(alive, children))
