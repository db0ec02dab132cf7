"""Text of users in an error: no longer than it need be."""

from dlcli.text import printable


def shorten(text: str, limit: int = 40) -> str:
    """Printable text of at most this many characters."""
    text = printable(text[:limit + 1])
    return text if len(text) <= limit else text[:limit - 3] + "..."
