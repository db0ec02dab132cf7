"""Around each call: what was said is heard, and the settings of the process are put back."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dlcli.errors import UsageError
from dlcli.notices import Listener, Notice, listener, listening

_running, _lock = 0, threading.Lock()
"""Calls that are under way in this process, in all threads."""


def _begin_anew() -> None:
    """In a forked child, which has one thread and none of the parent's calls but its own."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def call(notify: Listener | None) -> Iterator[list[str]]:
    """Hand what is said within to `notify`, or to whoever listens already. Yields the warnings among it, a list that
    grows.

    Work sets the process to one BLAS thread, on which equal bytes stand; the last call that ends puts back what was
    there.
    """
    if notify is not None and not callable(notify):
        raise UsageError("notify", f"expected a function that takes a notice, got {type(notify).__name__}")
    to, warnings = notify or listener(), []

    def hear(notice: Notice) -> None:
        if notice.kind == "warning":
            warnings.append(notice.text)
        if to is not None:
            to(notice)

    _count(1)
    try:
        with listening(hear):
            yield warnings
    finally:
        _count(-1)


def _count(more: int) -> None:
    global _running
    with _lock:
        _running += more
        blas = sys.modules.get("dlcli.engine.blas")     # there if anything was computed
        if not _running and blas is not None:
            blas.release()
