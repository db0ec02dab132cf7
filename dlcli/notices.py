"""How far a long piece of work on files is, on stderr."""

import sys
import time
from contextlib import suppress

from dlcli.text import printable

PATIENCE = 1.0
"""Seconds of silence: what is done sooner says nothing."""
EVERY = {True: 0.2, False: 10.0}
"""Seconds between two messages, on a terminal and elsewhere."""

quiet = False
"""Whether nothing is to be said (`--quiet`)."""


class Progress:
    """Counts up to `total`. On a terminal one line that is written anew, elsewhere a line now and then.

    what: "decoding pictures". unit: 1 for things that are counted, else the bytes that a unit is shown by (1e6:
    megabytes).
    """

    def __init__(self, what: str, total: int | None, start: int = 0, unit: float = 1, name: str = ""):
        self._what, self._total, self._unit, self._name = what, total, unit, name
        self._done = self._start = start
        self._began = time.monotonic()
        self._due = self._began + PATIENCE
        self._terminal = sys.stderr.isatty()
        self._shown = False

    def add(self, count: int = 1) -> None:
        self._done += count
        if time.monotonic() >= self._due:
            self._show()

    def _show(self) -> None:
        now = time.monotonic()
        self._due = now + EVERY[self._terminal]
        rate = (self._done - self._start) / (now - self._began)
        text = f"{self._what}: {self._amount(self._done)}"
        if self._total:
            text += f" of {self._amount(self._total)}{self._name}, {100 * self._done // self._total} %"
        text += f", {self._amount(rate)}{self._name} a second"
        if self._total and rate > 0:
            text += f", {max(0, self._total - self._done) / rate:.0f} s left"
        self._write(f"\r\x1b[K{text}" if self._terminal else text + "\n")

    def _amount(self, value: float) -> str:
        return f"{value / self._unit:,.0f}" if self._unit == 1 else f"{value / self._unit:,.1f}"

    def end(self) -> None:
        """Take the line away."""
        if self._shown and self._terminal:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        if quiet:
            return
        self._shown = True
        with suppress(OSError, ValueError):     # nobody listens: the work goes on
            sys.stderr.write(text)
            sys.stderr.flush()


def remark(text: str) -> None:
    """Something that was handled and that the user should know, on stderr."""
    if not quiet:
        warn(text)


def warn(text: str) -> None:
    """Something that is probably wrong, on stderr."""
    with suppress(OSError, ValueError):
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()
