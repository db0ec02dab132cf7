"""Names of metrics, if the name alone could be misread."""

from dlcli.text import cut

OF_POSITIVE = ("precision", "recall", "f1", "average_precision")
"""Of two classes, these are about the positive one."""
LONGEST = 30
"""Columns that a class's name takes in a title."""


def titled(name: str, positive: str | None) -> str:
    """A metric with the class that it is of. positive: the name of that class, None if there are not two."""
    return f"{name} of {cut(positive, LONGEST)}" if positive is not None and name in OF_POSITIVE else name
