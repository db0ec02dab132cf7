"""What is said while work goes on. Nobody hears it unless somebody listens: a terminal, a notebook, a test.

    with listening(print):
        predict("last", ["rows.csv"])
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, NamedTuple

from dlcli.text import printable

PATIENCE = 1.0
"""Seconds of silence: what is done sooner says nothing of its progress."""
EVERY = 0.2
"""Seconds between two notices of progress."""


class Notice(NamedTuple):
    """One thing that is said.

    kind: `warning`: something is probably wrong. `note`: something to know, however little one wants to hear.
    `info`: something that was handled, and can be left out. `progress`: how far a long piece of work is; the next one
    takes its place, and one without text says that it is over.
    """

    kind: Literal["warning", "note", "info", "progress"]
    text: str

    def __str__(self) -> str:
        return f"warning: {self.text}" if self.kind == "warning" else self.text


Listener = Callable[[Notice], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listener() -> Listener | None:
    """Who listens now."""
    return _listener.get()


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Hand what is said within to a listener. None: to the one that listens already, if there is one."""
    token = _listener.set(listener or _listener.get())
    try:
        yield
    finally:
        _listener.reset(token)


def warn(said: object) -> None:
    """Something that is probably wrong: a sentence, or an error or problem of several lines."""
    _say("warning", said)


def note(said: object) -> None:
    _say("note", said)


def info(said: object) -> None:
    _say("info", said)


def _say(kind: str, said: object) -> None:
    """Errors have made their parts printable, each on lines of its own; a sentence is one line."""
    if listener := _listener.get():
        listener(Notice(kind, printable(said) if isinstance(said, str) else str(said)))


class Progress:
    """Counts up to `total`, and says now and then how far it is.

    what: "decoding pictures". unit: 1 for things that are counted, else the bytes that a unit is shown by (1e6:
    megabytes). name: that of the unit.
    """

    def __init__(self, what: str, total: int | None, start: int = 0, unit: float = 1, name: str = ""):
        self._what, self._total, self._unit, self._name = what, total, unit, name
        self._done = self._start = start
        self._began = time.monotonic()
        self._due = self._began + PATIENCE
        self._said = False

    def add(self, count: int = 1) -> None:
        self._done += count
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY
            self._said = True
            _say("progress", self._text())

    def end(self) -> None:
        if self._said:
            _say("progress", "")

    def _text(self) -> str:
        rate = (self._done - self._start) / (time.monotonic() - self._began)
        text = f"{self._what}: {self._amount(self._done)}"
        if self._total:
            text += f" of {self._amount(self._total)}{self._name}, {100 * self._done // self._total} %"
        text += f", {self._amount(rate)}{self._name} a second"
        if self._total and rate > 0:
            text += f", {max(0, self._total - self._done) / rate:.0f} s left"
        return text

    def _amount(self, value: float) -> str:
        return f"{value / self._unit:,.0f}" if self._unit == 1 else f"{value / self._unit:,.1f}"
