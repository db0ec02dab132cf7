"""What this machine is and has: the system, its memory, its cores. The one place that asks."""

import os
import sys
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
"""Where Linux tells of itself and of each process; absent on macOS."""
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux tells what a container may use."""


def unsupported() -> str | None:
    """Why dlcli cannot run here, in one sentence; None on Linux and macOS. Windows has neither fork nor fcntl."""
    if sys.platform == "win32":
        return ("dlcli runs on Linux and macOS, and on Windows within WSL (https://learn.microsoft.com/windows/wsl), "
                "not on Windows itself")
    return None


def cores() -> int:
    """Cores that this process may use: those of its affinity, and no more than its container's share of processor
    time."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = (CGROUP / "cpu.max").read_text().split()      # "max 100000" if there is no limit
        return max(1, min(there, -(-int(quota) // int(period))))
    return there


def total_memory() -> int:
    """Bytes of memory that this machine has, or that its container may use if that is less."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (CGROUP / "memory.max", CGROUP / "memory" / "memory.limit_in_bytes"):      # cgroup 2, cgroup 1
        with suppress(OSError, ValueError):
            there = min(there, int(limit.read_text()))
    return there


def free_memory() -> int:
    """Bytes that are free or only hold copies of files; all that there are if the system does not say (macOS)."""
    with suppress(OSError, KeyError):
        return min(_kilobytes(PROC / "meminfo")["MemAvailable"] << 10, total_memory())
    return total_memory()


def resident_memory() -> int:
    """Bytes of memory that this process takes now, interpreter and libraries with it; its peak if the system does not
    say (macOS)."""
    with suppress(OSError):
        return int((PROC / "self" / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return _largest()


def peak_memory() -> int:
    """Largest memory (bytes) that this process has had, or has now together with its workers: what they share counts
    once.

    Linux says it (/proc/self: VmHWM and RssFile of status, Pss of smaps_rollup); elsewhere it is the peak of this
    process alone. Libraries count in full, although other programs may use the same pages.
    """
    with suppress(OSError, KeyError):
        status = _kilobytes(PROC / "self" / "status")
        children = (PROC / "self" / "task" / str(os.getpid()) / "children").read_text().split()
        if not children:        # then nothing is shared that must be added up, which takes long if there is much
            return status["VmHWM"] << 10
        shares = [_kilobytes(PROC / process / "smaps_rollup") for process in ("self", *children)]
        now = status["RssFile"] + sum(share["Pss_Anon"] + share["Pss_Shmem"] for share in shares)
        return max(status["VmHWM"], now) << 10
    return _largest()


def _largest() -> int:
    """ru_maxrss in bytes: the BSDs and Linux count kilobytes, macOS bytes (getrusage(2) of each)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _kilobytes(path: Path) -> dict[str, int]:
    """The lines "name: number kB" of a file of /proc."""
    lines = [line.split() for line in path.read_text().splitlines()]
    return {words[0].removesuffix(":"): int(words[1]) for words in lines if words[2:] == ["kB"]}
