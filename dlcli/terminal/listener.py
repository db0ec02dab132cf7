"""Notices on stderr: warnings and notes always, progress and what was handled unless `--quiet` is given."""

import sys
import time
from contextlib import suppress

from dlcli.notices import Notice
from dlcli.terminal.screen import warn

PAUSE = 10.0
"""Seconds between two lines of progress that are not written over each other."""
CLEAR = "\r\x1b[K"
"""To the beginning of the line, and nothing right of it."""


class Listener:
    """What a command's notices go to. Progress is one line that is written anew on a terminal, elsewhere a line now and
    then."""

    def __init__(self):
        self.quiet, self._due, self._shown = False, 0.0, False

    def __call__(self, notice: Notice) -> None:
        if notice.kind == "progress":
            return None if self.quiet else self._progress(notice.text)
        if self.quiet and notice.kind == "info":
            return None
        self._clear()
        return warn(*str(notice).split("\n"))

    def _progress(self, text: str) -> None:
        if not text:
            self._due = 0.0
            self._clear()
        elif sys.stderr.isatty():
            self._shown = True
            self._write(CLEAR + text)
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + PAUSE
            self._write(text + "\n")

    def _clear(self) -> None:
        if self._shown:
            self._shown = False
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):     # nobody looks: the work goes on
            sys.stderr.write(text)
            sys.stderr.flush()


stderr = Listener()
"""The one of this process."""
