"""One writer per run folder: a lock that the death of its holder frees.

`flock` is held by the open file, so it ends with the process, whatever kills it. A forked child has the same open file
and would keep the lock beyond its parent's death: so it must close the descriptor that `locked` yields.
"""

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from dlcli.errors import RunError
from dlcli.storage.atomic import open_own, storage_error
from dlcli.storage.strict_json import dump, parse

PATIENCE = 0.25
"""Seconds to wait for a lock: a reader that asks `holder` has it for a moment."""


@contextmanager
def locked(path: Path):
    """Hold the lock file `path`, which then says who holds it; yields the file descriptor. RunError if another
    process has it, or if it is no file of its own (`atomic.open_own`)."""
    file = open_own(path, os.O_RDWR)
    try:
        if not _acquire(file, path):
            pid = _read_pid(file)
            raise RunError(str(path.parent), f"locked by pid {pid}" if pid else "locked by another process",
                           "wait until it has ended; dlcli resumes a run only when nothing else writes to it")
        with suppress(OSError):             # what it says is for people; a full disk must not stop a run here
            os.ftruncate(file, 0)
            os.pwrite(file, dump({"pid": os.getpid(), **_identity()}), 0)
        yield file
    finally:
        os.close(file)


def holder(path: Path) -> int | None:
    """Number of the process that holds the lock file, 0 if it does not say; None if nobody holds it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(file)
    except OSError:
        return None
    finally:
        os.close(file)
    return None


def _acquire(file: int, path: Path) -> bool:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)
        except OSError as error:
            raise storage_error(path, error, 0) from error


def _read_pid(file: int) -> int:
    try:
        pid = parse(os.pread(file, 4096, 0), "lock")["pid"]
    except (RunError, OSError, LookupError, TypeError):
        return 0
    return pid if type(pid) is int else 0


def _identity() -> dict:
    """What tells this process from a later one with the same number: the boot, and the start in clock ticks after
    it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return {}
    return {"boot_id": boot, "started": started}
