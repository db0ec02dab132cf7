"""What a run was made with: the fingerprint that decides whether the same bytes can be expected again."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def utc_now() -> str:
    """The time as run.json writes it: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def environment() -> dict:
    """versions: of dlcli, python and numpy. platform: system, release, machine and CPUs. blas: the library that NumPy multiplies with
    (`threadpoolctl`: name, version, kernel architecture, threads), {} where it cannot be found out."""
    import numpy
    from threadpoolctl import threadpool_info

    from dlcli import __version__

    system = os.uname()
    python = ".".join(map(str, sys.version_info[:3]))
    blas = next((library for library in threadpool_info() if library["user_api"] == "blas"), {})
    return {
        "versions": {"dlcli": __version__, "python": python, "numpy": numpy.__version__},
        "platform": {"system": system.sysname, "release": system.release, "machine": system.machine, "cpus": os.cpu_count()},
        "blas": {key: value for key, value in blas.items() if key not in ("user_api", "filepath", "prefix")},
    }


def peak_memory() -> int:
    """Largest memory (bytes) that this process has had, or has now together with its workers: what they share counts once.

    Linux says it (/proc/self: VmHWM and RssFile of status, Pss of smaps_rollup); elsewhere it is the peak of this process alone.
    Libraries count in full, although other programs may use the same pages.
    """
    import resource

    try:
        status = _kilobytes("/proc/self/status")
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        shares = [_kilobytes(f"/proc/{process}/smaps_rollup") for process in ("self", *children)]
        now = status["RssFile"] + sum(share["Pss_Anon"] + share["Pss_Shmem"] for share in shares)
        return max(status["VmHWM"], now) * 1024
    except (OSError, KeyError):
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def _kilobytes(path: str) -> dict[str, int]:
    """The lines "name: number kB" of a file of /proc."""
    lines = [line.split() for line in Path(path).read_text().splitlines()]
    return {words[0].removesuffix(":"): int(words[1]) for words in lines if words[2:] == ["kB"]}
