"""One BLAS thread: what the engine's promise of equal bytes stands on."""

from functools import cache

import numpy as np  # noqa: F401
from threadpoolctl import ThreadpoolController


@cache
def controller() -> ThreadpoolController:
    """Of the libraries that are there once NumPy is: its own among them, on which the engine stands. They are searched
    for once, since that takes milliseconds."""
    return ThreadpoolController()


_limited: list = []
"""What was limited first, and remembers how it was."""


def release() -> None:
    """Give every BLAS library the threads back that it had before `single_thread`."""
    if _limited:
        _limited.pop().restore_original_limits()


def single_thread() -> dict:
    """Set every BLAS library of this process to one thread, and say what was found.

    Returns {"threads", "libraries"}; threads above 1 means that it could not be set, and that only a repeated run on
    the same machine is promised to give the same bytes (level D0).
    """
    limiter = controller().limit(limits=1)
    if not _limited:
        _limited.append(limiter)
    found = [library for library in controller().info() if library["user_api"] == "blas"]
    return {
        "threads": max((library["num_threads"] for library in found), default=1),
        "libraries": [
            {key: library.get(key) for key in ("internal_api", "version", "architecture")} for library in found
        ],
    }
