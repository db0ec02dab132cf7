"""Text as a network writes it."""

import sys
from collections.abc import Callable

from dlcli.notices import note
from dlcli.text import printable


def shown(prompt: str | None) -> Callable[[str], None]:
    """What prints each piece as it comes, after the prompt."""
    if prompt is not None:
        _put(prompt)
    return _put


def _put(text: str) -> None:
    """Nothing in it can steer a terminal, but ends of lines and tabs stay."""
    whole = "".join(c if c in "\n\t" else printable(c) for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(whole.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def end(document: dict) -> None:
    """The end of the text, and on stderr how fast it came."""
    if not document["text"].endswith("\n"):
        _put("\n")
    rate = document["tokens"] / document["seconds"] if document["seconds"] else 0
    note(f"{document['tokens']:,} tokens in {document['seconds']:.1f} s, {rate:,.0f} a second")
