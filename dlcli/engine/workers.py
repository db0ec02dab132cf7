"""Who computes: one process, threads, or forked processes on shared memory. All three give the same bytes.

A pool runs a function once per worker, each time with the worker's number; the caller is worker 0. What the workers
are to do with it stands in shared memory, so an empty parallel region of the forked form costs under a microsecond
where threads need tens. Forked workers run only what existed at the fork.
"""

import ctypes
import gc
import mmap
import os
import platform
import select
import signal
import sys
import threading
import time
from contextlib import suppress

import numpy as np

from dlcli.errors import Exit, RunError

SPIN = 20_000
"""Looks at the flag before a waiting process begins to sleep (about a millisecond)."""
PATIENCE = 0.02
"""Seconds a sleeping worker waits before it looks whether its parent is still there."""
GRACE = 0.5
"""Seconds a worker has to end by itself."""
_STOP, _FAILED = -1, -2
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)      # often sent to all; the parent finishes the batch, then ends its workers
_LINE = 16      # 64-bit words per worker, two cache lines: command, done, sleeping


class WorkerDied(RunError):
    """A worker process ended in the middle of a step (killed, out of memory). Where its code failed, the status is that of a bug."""


def usable(form: str, workers: int) -> str:
    """The form that can be used here: forked needs Linux on x86-64 and a single thread alive."""
    if workers < 2 or form == "serial":
        return "serial"
    if form == "fork" and sys.platform == "linux" and platform.machine() == "x86_64" and threading.active_count() == 1:
        return "fork"
    return "thread"


class Serial:
    """Every worker's part, one after the other, in this process."""

    form = "serial"

    def __init__(self, functions: list, workers: int):
        self.functions, self.workers = functions, range(workers)

    def run(self, number: int) -> None:
        for worker in self.workers:
            self.functions[number](worker)

    def close(self) -> None:
        pass


class Threads:
    """A thread per worker, woken by locks."""

    form = "thread"

    def __init__(self, functions: list, workers: int):
        self.functions, self.number, self.error = functions, 0, None
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
                self.functions[self.number](worker)
            except BaseException as error:      # handed to the caller, who raises it
                self.error = error
            self._done.release()

    def run(self, number: int) -> None:
        self.number, self.error = number, None
        for go in self._go:
            go.release()
        try:
            self.functions[number](0)
        finally:
            for _ in self._go:
                self._done.acquire()
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.number = _STOP
        for go in self._go:
            go.release()
        for thread in self._threads:
            thread.join()


class Forked:
    """A process per worker. Flags in shared memory say what to do and what is done.

    The flags rely on the order of stores that x86 guarantees. Every wait is bounded: it spins, then yields, then sleeps,
    and looks whether the other side is alive. A lock that children must not hold is closed in them by whoever
    holds it (`os.register_at_fork`).
    """

    form = "fork"

    def __init__(self, functions: list, workers: int):
        self.functions, self.count = functions, workers
        self._flags = memoryview(mmap.mmap(-1, 8 * _LINE * workers)).cast("q")
        self._sequence = 0
        self._children: dict[int, int] = {}
        self._wake: dict[int, int] = {}
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED)      # until a child ignores them
        try:
            for worker in range(1, workers):
                read, self._wake[worker] = os.pipe()
                try:
                    pid = os.fork()
                    if pid == 0:
                        try:
                            self._child(worker, read, parent)
                        finally:
                            os._exit(1)
                finally:
                    os.close(read)
                self._children[worker] = pid
        except OSError:         # no more processes or descriptors
            self.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _child(self, worker: int, wake: int, parent: int) -> None:
        for descriptor in self._wake.values():
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
        flags, place, seen = self._flags, worker * _LINE, 0
        while True:
            looks = 0
            while (command := flags[place]) >> 4 == seen:
                looks += 1
                if looks > SPIN:
                    self._sleep(place, seen, wake, parent)
                    looks = 0
            seen = command >> 4
            if command & 15 == 15:
                os._exit(0)
            try:
                self.functions[command & 15](worker)
            except BaseException:
                import traceback
                traceback.print_exc()
                flags[place + 1] = _FAILED
                os._exit(1)
            flags[place + 1] = seen

    def _sleep(self, place: int, seen: int, wake: int, parent: int) -> None:
        self._flags[place + 2] = 1
        while self._flags[place] >> 4 == seen:
            if select.select([wake], [], [], PATIENCE)[0]:
                os.read(wake, 64)
            if os.getppid() != parent:
                os._exit(0)
        self._flags[place + 2] = 0

    def run(self, number: int) -> None:
        self._sequence = sequence = self._sequence + 1
        flags = self._flags
        for worker in self._children:
            place = worker * _LINE
            flags[place] = sequence << 4 | number
            if flags[place + 2]:
                os.write(self._wake[worker], b"x")
        self.functions[number](0)
        for worker in self._children:
            place, looks = worker * _LINE + 1, 0
            while flags[place] != sequence:
                looks += 1
                if looks > SPIN:
                    self._check(worker)
                    time.sleep(0 if looks < 2 * SPIN else 0.0002)

    def _check(self, worker: int) -> None:
        """Raise where a worker that is waited for has failed or is gone."""
        failed, status = self._flags[worker * _LINE + 1] == _FAILED, _ended(self._children[worker])
        if status is None and not failed:
            return
        if status is not None:
            del self._children[worker]
        self.close()
        how = "failed; its traceback is above" if failed else \
            f"was ended by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended"
        error = WorkerDied(f"worker {worker}", how, "resume the run from its last checkpoint; --parallel serial uses no workers")
        error.status = Exit.BUG if failed else Exit.RUN
        raise error

    def close(self) -> None:
        """End the workers; those that do not listen are killed."""
        self._sequence += 1
        for worker in self._children:
            self._flags[worker * _LINE] = self._sequence << 4 | 15
            with suppress(OSError):
                os.write(self._wake[worker], b"x")
        deadline = time.monotonic() + GRACE
        for pid in self._children.values():
            while _ended(pid) is None:
                if time.monotonic() > deadline:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.001)
        for write in self._wake.values():
            os.close(write)
        self._children, self._wake = {}, {}


def _ended(pid: int) -> int | None:
    """The wait status of a child that has ended, else None. -1 where the system has kept none (SIGCHLD ignored)."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -1
    return status if ended else None


def start(functions: list, workers: int, form: str):
    """A running pool of the form that is asked for, or of the nearest that works here (`usable`)."""
    forms = {"fork": Forked, "thread": Threads, "serial": Serial}
    try:
        return forms[usable(form, workers)](functions, workers)
    except (OSError, RuntimeError):         # the system allows no more processes or threads
        return Serial(functions, workers)
