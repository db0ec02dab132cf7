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
    """Largest memory (bytes) that this process has had, or has now together with the workers: what they share counts once.

    Linux says it (VmHWM of /proc/self/status, Pss of smaps_rollup); elsewhere it is the peak of this process alone.
    """
    import resource

    try:
        most = _kilobytes("/proc/self/status", "VmHWM")
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        now = sum(_kilobytes(f"/proc/{process}/smaps_rollup", "Pss") for process in ("self", *children))
        return max(most, now) * 1024
    except (OSError, ValueError):
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def _kilobytes(path: str, key: str) -> int:
    for line in Path(path).read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == key:
            return int(rest.split()[0])
    raise ValueError(f"{path} has no {key}")
