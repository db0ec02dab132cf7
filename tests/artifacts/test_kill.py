"""Saving that is cut off at any moment: by each single operation, by a full disk, by kill -9."""

import errno
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from dlcli.artifacts.run import Run
from dlcli.errors import StorageError
from tests.artifacts.rig import Faulty, checkpoint, forked, is_of, new_run, operations, raising, temporaries

SAVE = """
import sys
from dlcli.artifacts.run import Run
from tests.artifacts.rig import checkpoint
run = Run.open(sys.argv[1])
with run.lock():
    print("ready", flush=True)
    last = run.checkpoints.latest()
    for step in range(last.state["step"] + 1 if last else 1, 10**9):
        run.journal.append({"kind": "step", "step": step})
        if step % 3 == 0:
            run.save(checkpoint(step, int(sys.argv[2])), step, best=True)
        run.save(checkpoint(step, int(sys.argv[2])), step)
        print(step, flush=True)
"""
FAULTS = {
    "exit": lambda: os._exit(1),
    "EIO": raising(OSError, errno.EIO, "Input/output error"),
    "ENOSPC": raising(OSError, errno.ENOSPC, "No space left on device"),
    "interrupt": raising(KeyboardInterrupt),
}


def save_next(run, step: int, best: bool) -> None:
    run.journal.append({"kind": "step", "step": step})
    run.save(checkpoint(step), step, best=best, keep=1)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("steps", "best"), [((), False), ((1, 2), False), ((1, 2), True)], ids=["first", "later", "best"]
)
def test_a_save_that_fails_at_its_nth_operation(tmp_path, monkeypatch, fault, steps, best):
    """Whatever the n-th operation does: the run goes on from the checkpoint before, or the new one, and nothing is left
    over."""
    # some 2,000 of them, of which only the order matters here
    monkeypatch.setattr(os, "fsync", lambda file: None)
    at = 0
    while True:
        at += 1
        run = new_run(tmp_path / str(at))
        for step in steps:
            save_next(run, step, best=False)
        if steps:
            run.save(checkpoint(2), 2, best=True)
        met = tmp_path / f"met-{at}"

        def failing(at=at, met=met):
            met.touch()
            FAULTS[fault]()

        def save(run=run, at=at, failing=failing):
            with operations(Faulty(at, failing)):
                save_next(run, 3, best)
        if fault == "exit":
            status = forked(save)
            assert status == (1 if met.exists() else 0)
        else:
            try:
                save()
            except StorageError as error:
                assert error.status == 7
            except KeyboardInterrupt:
                assert fault == "interrupt"
        goes_on(run, steps)
        if not met.exists():
            break
    assert at > 20, "a save has more operations than that"


def goes_on(run: Run, steps) -> None:
    """From the checkpoint before, or the new one."""
    found = Run.open(run.path)
    with found.lock():
        assert not temporaries(run.path)
        last = found.checkpoints.latest()
        assert last is None if not steps and not found.steps() else is_of(last, last.state["step"])
        assert last is None or last.state["step"] >= (steps or (0,))[-1]
        if steps:
            assert found.load("best").state["step"] in (2, 3)
        save_next(found, 4, best=False)
        assert is_of(found.load("last"), 4) and found.steps() == [4]


@pytest.mark.parametrize("kind", ["open", "write", "fsync", "close", "replace"])
def test_a_disk_that_stays_broken_is_an_error_and_the_checkpoint_before_stays(tmp_path, kind):
    run = new_run(tmp_path)
    run.save(checkpoint(1), 1)
    with operations(Faulty(1, FAULTS["ENOSPC"], (kind,))), pytest.raises(StorageError) as caught:
        run.save(checkpoint(2), 2)
    assert "step-00000002.safetensors" in caught.value.where and "bytes" in caught.value.problem
    assert is_of(run.load("last"), 1) and not temporaries(run.path) and run.steps() == [1]


def kill_while_saving(run: Run, seconds: float, size: int) -> int:
    """The last step that was reported as saved before the process was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", SAVE, str(run.path), str(size)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    lines = process.communicate()[0].split("\n")[:-1]
    assert process.returncode == -9
    return int(lines[-1]) if lines else 0


def kills(path, count: int, seed: int) -> None:
    draw = random.Random(seed)
    run = new_run(path)
    left, said = 0, 0
    for number in range(count):
        said = max(said, kill_while_saving(run, draw.uniform(0, 0.15), draw.choice([50, 100_000])))
        found = Run.open(run.path)
        last = found.checkpoints.latest()
        left += bool(temporaries(run.path))
        where = f"seed {seed}, kill {number}"
        assert not found.warnings or not (found.path / "checkpoints" / "last.json").exists(), (where, found.warnings)
        assert last is None if said == 0 and not found.steps() else is_of(last, last.state["step"]), where
        assert last is None or said <= last.state["step"] <= said + 1, where
        # else it was killed before the first one counted
        pointed = (found.path / "checkpoints" / "best.json").exists()
        assert not pointed or found.load("best").state["step"] % 3 == 0, where
        found.journal.read()
        with found.lock():
            assert not temporaries(run.path), where
            found.journal.cut(last.state["step"] if last else 0)
            steps = [record["step"] for record in found.journal.read()]
            assert steps == list(range(1, (last.state["step"] if last else 0) + 1)), where
            said = last.state["step"] if last else 0
    print(f"seed {seed}: {count} kills, {left} left a temporary file, {said} steps")


def test_killed_at_random_times_a_run_keeps_its_last_checkpoint(tmp_path):
    kills(tmp_path, 8, seed=1)


@pytest.mark.slow
def test_killed_a_hundred_times_a_run_keeps_its_last_checkpoint(tmp_path):
    kills(tmp_path, 100, seed=2)
