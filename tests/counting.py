"""How much work a call is, on any machine and however busy it is."""

import sys
from collections.abc import Callable


def lines_run(call: Callable) -> int:
    """Lines of Python that a call runs, once for each time. What C code does inside a line is not counted."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
