"""Who computes: one process, threads, or forked processes on shared memory. All three give the same bytes.

A pool runs a function once per worker, each time with the worker's number and how many take part; the caller is
worker 0. `active` says how many do, and may change between two runs: the others sleep. `runs` counts. What the workers
are to do stands in shared memory, so an empty parallel region of the forked form costs about 2 us; threads
need tens. Forked workers run only what existed at the fork.
"""

import ctypes
import gc
import mmap
import os
import platform
import signal
import sys
import threading
import time
from contextlib import suppress

import numpy as np

from dlcli.engine.waiting import Waiter, fence, wakeup
from dlcli.errors import Exit, RunError

GRACE = 0.5
"""Seconds a worker has to end by itself."""
_STOP, _FAILED = -1, -2
# often sent to all; the parent finishes the batch, then ends its workers
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LINE = 16      # 64-bit words per worker, two cache lines: command, done, asleep; the caller's has how many are active
_DONE, _ASLEEP, _ACTIVE = 1, 2, 3


class WorkerDied(RunError):
    """A worker process ended in the middle of a step (killed, out of memory). If its code failed, the status is that
    of a bug."""


def usable(form: str, workers: int) -> str:
    """The form that can be used here: forked needs Linux on x86-64 and a single thread alive."""
    if workers < 2 or form == "serial":
        return "serial"
    if form == "fork" and sys.platform == "linux" and platform.machine() == "x86_64" and threading.active_count() == 1:
        return "fork"
    return "thread"


class Serial:
    """One worker: this process."""

    form, active = "serial", 1

    def __init__(self, functions: list):
        self.functions, self.runs = functions, 0

    def run(self, number: int) -> None:
        self.runs += 1
        self.functions[number](0, 1)

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


class Threads:
    """A thread per worker, woken by locks."""

    form = "thread"

    def __init__(self, functions: list, workers: int):
        self.functions, self.active, self.number, self.runs, self.error = functions, workers, 0, 0, None
        self._go = [threading.Semaphore(0) for _ in range(workers - 1)]
        self._done = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._loop, args=(w,), daemon=True) for w in range(1, workers)]
        for thread in self._threads:
            thread.start()

    def _loop(self, worker: int) -> None:
        np.seterr(all="ignore")
        while True:
            self._go[worker - 1].acquire()
            if self.number < 0:
                return
            try:
                self.functions[self.number](worker, self.active)
            except BaseException as error:      # handed to the caller, who raises it
                self.error = error
            self._done.release()

    def run(self, number: int) -> None:
        self.number, self.runs, self.error, others = number, self.runs + 1, None, self._go[:self.active - 1]
        for go in others:
            go.release()
        try:
            self.functions[number](0, self.active)
        finally:
            for _ in others:
                self._done.acquire()
        if self.error is not None:
            raise self.error

    def check(self) -> None:
        pass

    def close(self) -> None:
        self.number = _STOP
        for go in self._go:
            go.release()
        for thread in self._threads:
            thread.join()


class Forked:
    """A process per worker. Flags in shared memory say what to do and what is done.

    The flags rely on the order of stores that x86 guarantees. Every wait is bounded: a process spins, then sleeps, and
    sees whether the other side is alive (`waiting.Waiter`). A lock that children must not hold is closed in them by
    whoever holds it (`os.register_at_fork`).
    """

    form = "fork"

    def __init__(self, functions: list, workers: int):
        self.functions, self.active, self.runs = functions, workers, 0
        self._flags = memoryview(mmap.mmap(-1, 8 * _LINE * workers)).cast("q")
        self._children: dict[int, int] = {}
        self._wakeups: list[int] = []
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED)      # until a child ignores them
        try:
            for _ in range(workers):
                self._wakeups.append(wakeup())
            for worker in range(1, workers):
                pid = os.fork()
                if pid == 0:
                    try:
                        self._child(worker, parent)
                    finally:
                        os._exit(1)
                self._children[worker] = pid
        except OSError:         # no more processes or descriptors
            self.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._waiter = Waiter(self._flags, _ASLEEP, self._wakeups[0], self.check)

    def _child(self, worker: int, parent: int) -> None:
        for number, descriptor in enumerate(self._wakeups):
            if number not in (0, worker):
                os.close(descriptor)
        for ignored in _IGNORED:
            signal.signal(ignored, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _IGNORED)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)      # PR_SET_PDEATHSIG: go when the parent goes
        gc.disable()
        np.seterr(all="ignore")      # the parent checks every step for what is not finite
        self._obey(worker, parent)

    def _obey(self, worker: int, parent: int) -> None:
        """Do what is asked for, until there is no more."""
        def alive() -> None:
            if os.getppid() != parent:
                os._exit(0)

        flags, place, command = self._flags, worker * _LINE, 0
        waiter = Waiter(flags, place + _ASLEEP, self._wakeups[worker], alive)
        while True:
            command = waiter.wait(place, command)
            if command & 15 == 15:
                os._exit(0)
            try:
                self.functions[command & 15](worker, flags[_ACTIVE])
            except BaseException:
                import traceback
                traceback.print_exc()
                flags[place + _DONE] = _FAILED
                os._exit(1)
            flags[place + _DONE] = command
            fence()
            if flags[_ASLEEP]:
                os.eventfd_write(self._wakeups[0], 1)

    def run(self, number: int) -> None:
        self.runs += 1
        active, flags = self.active, self._flags
        if active == 1:
            self.functions[number](0, 1)
            return
        flags[_ACTIVE], command = active, self.runs << 4 | number
        places = range(_LINE, active * _LINE, _LINE)
        self._command(places, command)
        self.functions[number](0, active)
        for place in places:
            while (done := flags[place + _DONE]) != command:
                if done == _FAILED:
                    self.check()
                self._waiter.wait(place + _DONE, done)

    def _command(self, places, command: int) -> None:
        flags = self._flags
        for place in places:
            flags[place] = command
        fence()
        for place in places:
            if flags[place + _ASLEEP]:
                os.eventfd_write(self._wakeups[place // _LINE], 1)

    def check(self) -> None:
        """Raise if a worker has failed or is gone."""
        for worker, pid in self._children.items():
            failed, status = self._flags[worker * _LINE + _DONE] == _FAILED, _ended(pid)
            if failed or status is not None:
                break
        else:
            return
        if status is not None:
            del self._children[worker]
        self.close()
        how = "failed; its traceback is above" if failed else \
            f"was ended by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended"
        error = WorkerDied(f"worker {worker}", how,
                           "resume the run from its last checkpoint; --parallel serial uses no workers")
        error.status = Exit.BUG if failed else Exit.RUN
        raise error

    def close(self) -> None:
        """End the workers; those that do not listen are killed."""
        self._command([worker * _LINE for worker in self._children], self.runs + 1 << 4 | 15)
        deadline = time.monotonic() + GRACE
        for pid in self._children.values():
            while _ended(pid) is None:
                if time.monotonic() > deadline:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.001)
        for descriptor in self._wakeups:
            os.close(descriptor)
        self._children, self._wakeups = {}, []


def _ended(pid: int) -> int | None:
    """The wait status of a child that has ended, else None. -1 if the system has kept none (SIGCHLD ignored)."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -1
    return status if ended else None


def start(functions: list, workers: int, form: str):
    """A pool of the form that is asked for, or the nearest that works here (`usable`)."""
    form, pool = usable(form, workers), None
    with suppress(OSError, RuntimeError):         # the system allows no more processes or threads
        if form != "serial":
            pool = (Forked if form == "fork" else Threads)(functions, workers)
    return pool or Serial(functions)
