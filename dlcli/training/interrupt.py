"""Signals that ask a run to end: a flag, read between two steps."""

import signal
import threading


class Stopped(Exception):
    """A signal asked to end, in the middle of something that can be begun again."""


class StopRequest:
    """While active, the first SIGINT or SIGTERM sets `number`; a second SIGINT leaves at once, by the default
    handler. Signals come to the main thread alone: in another one nothing is asked."""

    def __init__(self):
        self.number: int | None = None

    def __enter__(self):
        mine = threading.current_thread() is threading.main_thread()
        numbers = (signal.SIGINT, signal.SIGTERM) if mine else ()
        self._before = {number: signal.signal(number, self._set) for number in numbers}
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
