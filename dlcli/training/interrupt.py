"""Signals that ask a run to end: a flag, read between two steps."""

import signal


class Stopped(Exception):
    """A signal asked to end, in the middle of something that can be begun again."""


class StopRequest:
    """While active, the first SIGINT or SIGTERM sets `number`; a second SIGINT leaves at once, by the default
    handler."""

    def __init__(self):
        self.number: int | None = None

    def __enter__(self):
        self._before = {number: signal.signal(number, self._set) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise Stopped if a signal has come."""
        if self.number is not None:
            raise Stopped

    def _set(self, number, frame):
        self.number = number
        signal.signal(signal.SIGINT, signal.default_int_handler)
