"""One writer at a time, until it ends or dies."""

import os
import signal
import subprocess
import sys
import time

import pytest

from dlcli.artifacts.run import Run
from dlcli.errors import RunError
from dlcli.storage.lock import holder
from tests.artifacts.rig import forked, new_run

HOLD = """
import sys, time
from dlcli.artifacts.run import Run
with Run.open(sys.argv[1]).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def run(tmp_path):
    return new_run(tmp_path)


def hold(run):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(run.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_it_and_death_frees_it(run):
    process = hold(run)
    try:
        assert holder(run.path / "lock") == process.pid
        with pytest.raises(RunError, match=f"locked by pid {process.pid}") as caught, run.lock():
            pass
        assert caught.value.status == 5
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert holder(run.path / "lock") is None
    with run.lock():
        assert holder(run.path / "lock") == os.getpid()
    assert holder(run.path / "lock") is None


def test_not_twice_in_one_process_either(run):
    with run.lock(), pytest.raises(RunError, match="locked"), Run.open(run.path).lock():
        pass


def test_of_many_that_start_at_once_one_gets_it(run):
    process = [
        subprocess.Popen([sys.executable, "-c", HOLD, str(run.path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    try:
        end = time.monotonic() + 300
        while sum(one.poll() is None for one in process) > 1 and time.monotonic() < end:
            time.sleep(0.02)
        running = [one for one in process if one.poll() is None]
        assert len(running) == 1
        assert all(b"locked by" in one.stderr.read() for one in process if one not in running)
    finally:
        for one in process:
            one.kill()
            one.communicate()


def test_looking_at_it_keeps_nobody_out(run):
    """A reader asks by taking the lock for a moment."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            taken = 0
            while taken < 5:
                taken += holder(run.path / "lock") == os.getppid()
            status = 0
        finally:
            os._exit(status)
    count, ended = 0, 0
    while count < 50 or not ended:
        with run.lock():
            time.sleep(0.001)
        count += 1
        if not ended:
            ended, status = os.waitpid(pid, os.WNOHANG)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_child_that_closes_the_descriptors_does_not_hold_it(run):
    assert run.descriptors() == ()
    read, write = os.pipe()
    child = []

    def parent():
        with run.lock():
            pid = os.fork()
            if pid == 0:
                for descriptor in run.descriptors():
                    os.close(descriptor)
                os.write(write, b"%d " % os.getpid())
                time.sleep(60)
                os._exit(0)
            os.write(write, b"%d " % pid)
            time.sleep(0.05)
            os.kill(os.getpid(), 9)
    assert forked(parent) == -9
    child = {int(pid) for pid in os.read(read, 100).split()}
    try:
        with run.lock():
            pass
    finally:
        for pid in child:
            os.kill(pid, 9)
        os.close(read), os.close(write)


def test_what_an_older_holder_wrote_does_not_lock(run):
    (run.path / "lock").write_text('{"pid": 1, "text": "%s"}' % ("long" * 100))
    assert holder(run.path / "lock") is None
    with run.lock():
        assert holder(run.path / "lock") == os.getpid()


def test_the_state_is_read_anew_under_the_lock(run):
    other = Run.open(run.path)
    with run.lock():
        run.update(status="completed")
    with other.lock():
        assert other.info["status"] == "completed"
