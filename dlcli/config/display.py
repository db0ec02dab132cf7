"""Text of users on a terminal: no control characters, columns kept, nothing endless."""

from unicodedata import category, east_asian_width


def printable(text: str) -> str:
    """Text that a terminal shows as it stands: one visible character for each, so that columns stay."""
    return "".join(" " if c == "\t" else "\N{REPLACEMENT CHARACTER}" if category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)


def shorten(text: str, limit: int = 40) -> str:
    """Printable text of at most this many characters."""
    text = printable(text)
    return text if len(text) <= limit else text[:limit - 3] + "..."


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(0 if category(c) == "Mn" else 2 if east_asian_width(c) in "WF" else 1 for c in text)
