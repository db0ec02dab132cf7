"""What a run was made with: the fingerprint that decides whether the same bytes can be expected again."""

import os
import sys
from datetime import UTC, datetime


def utc_now() -> str:
    """The time as run.json writes it: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def environment() -> dict:
    """versions: of dlcli, python and numpy. platform: system, release, machine and CPUs. blas: the library that NumPy
    multiplies with (`threadpoolctl`: name, version, kernel architecture, threads), {} if it cannot be found out.
    simd: the instructions that NumPy's own loops choose by."""
    import numpy
    from threadpoolctl import threadpool_info

    from dlcli import __version__

    system = os.uname()
    python = ".".join(map(str, sys.version_info[:3]))
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    # SciPy brings its own
    blas = min(found, key=lambda library: "numpy.libs" not in library["filepath"], default={})
    return {
        "versions": {"dlcli": __version__, "python": python, "numpy": numpy.__version__},
        "platform": {
            "system": system.sysname,
            "release": system.release,
            "machine": system.machine,
            "cpus": os.cpu_count(),
        },
        "blas": {key: value for key, value in blas.items() if key not in ("user_api", "filepath", "prefix")},
        "simd": _simd(),
    }


def _simd() -> list[str]:
    """The processor's features, of those that NumPy has loops for: with others its exp, tanh and sums may round
    otherwise."""
    try:
        from numpy._core import _multiarray_umath as core

        return sorted(name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name))
    except (ImportError, AttributeError):
        return []
