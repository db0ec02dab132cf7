"""The same bytes from any number of workers in any form; and what happens when one of them dies."""

import os
import signal
import time

import numpy as np
import pytest

from dlcli.engine import workers
from dlcli.engine.workers import Forked, WorkerDied
from tests.engine.toys import ROWS, network, train

FORMS = [("serial", 1)] + [(form, n) for form in ("serial", "thread", "fork") for n in (2, 4, 8)]


def result(form: str, count: int, shards: int, **limits):
    made = network(batch=32, last_batch=ROWS % 32, shards=shards, workers=count, form=form, evaluation=48, **limits)
    made.start()
    try:
        seen = train(made)
        outputs = []
        seen.append(made.evaluate(0, lambda y, t: outputs.append(y.copy())))
        return made.pool.form, seen, made.theta.tobytes(), np.concatenate(outputs).tobytes(), [b.tobytes() for b in made.parameters.buffers.values()]
    finally:
        made.close()


@pytest.mark.parametrize("limits", [{}, {"clip_norm": 0.1}, {"accumulate": 3}, {"accumulate": 2, "clip_norm": 0.1, "clip_value": 0.01}], ids=str)
@pytest.mark.parametrize("shards", [1, 3, 8])
def test_workers_do_not_change_a_byte(shards, limits):
    reference = result("serial", 1, shards, **limits)
    for form, count in FORMS:
        found = result(form, count, shards, **limits)
        assert found[0] == (form if count > 1 else "serial")
        assert found[1:] == reference[1:], f"{count} workers, {form}"


def test_shards_are_part_of_the_result():
    assert result("serial", 1, 1)[2] != result("serial", 1, 3)[2]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", ["raises", "is killed"])
def test_a_lost_worker_ends_the_step_within_seconds_and_leaves_no_process(how, capfd):
    def work(worker):
        if worker == 1:
            if how == "raises":
                raise ValueError("planted")
            os.kill(os.getpid(), signal.SIGKILL)

    pool = Forked([work], 3)
    children = list(pool._children.values())
    start = time.monotonic()
    with pytest.raises(WorkerDied, match="worker 1"):
        pool.run(0)
    assert time.monotonic() - start < 5
    assert not any(map(alive, children))
    if how == "raises":
        assert "planted" in capfd.readouterr().err


def test_workers_go_when_their_parent_is_killed():
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        pool = Forked([lambda worker: None], 3)
        os.write(write, b" ".join(str(pid).encode() for pid in pool._children.values()))
        time.sleep(60)
        os._exit(0)
    os.close(write)
    children = [int(pid) for pid in os.read(read, 100).split()]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    deadline = time.monotonic() + 5
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(alive, children))


def test_sleeping_workers_wake_up():
    total = workers.mmap.mmap(-1, 8)
    count = memoryview(total).cast("q")

    def work(worker):
        if worker == 1:
            count[0] += 1

    pool = Forked([work], 2)
    try:
        for pause in (0.1, 0, 0.05, 0):
            time.sleep(pause)
            pool.run(0)
        assert count[0] == 4
    finally:
        pool.close()


def test_an_error_in_a_thread_reaches_the_caller():
    def work(worker):
        if worker == 1:
            raise ValueError("planted")

    pool = workers.Threads([work], 2)
    with pytest.raises(ValueError, match="planted"):
        pool.run(0)
    pool.close()


def test_forking_needs_a_single_thread():
    threads = workers.Threads([lambda worker: None], 2)
    assert workers.usable("fork", 2) == "thread"
    threads.close()
    assert workers.usable("fork", 2) == "fork"
