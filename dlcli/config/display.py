"""Text of users on a terminal: columns kept, nothing endless."""

from unicodedata import category, east_asian_width

from dlcli.text import printable


def shorten(text: str, limit: int = 40) -> str:
    """Printable text of at most this many characters."""
    text = printable(text)
    return text if len(text) <= limit else text[:limit - 3] + "..."


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(0 if category(c) == "Mn" else 2 if east_asian_width(c) in "WF" else 1 for c in text)
