"""Text of users (a label, a path, a line of a file) where people read it."""

import json
import re
from unicodedata import category, east_asian_width

WORDS = ("true", "false", "null")
"""What YAML reads as something else than text."""


def printable(text: object) -> str:
    """The text on one line, every character visible: what could steer a terminal or turn its line around is its escape.

    These are controls (C0 and C1), marks of the direction of writing, ends of lines and paragraphs, and whatever else
    has no sign of its own: ESC becomes `\\x1b`, a line break `\\n`, RIGHT-TO-LEFT OVERRIDE `\\u202e`.
    """
    text = str(text)
    return text if text.isprintable() else "".join(escape(c) if unseen(c) else c for c in text)


def unseen(character: str) -> bool:
    """Whether a character has no sign of its own. Blanks have one."""
    kind = category(character)
    return kind[0] == "C" or kind in ("Zl", "Zp")


def escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if category(c) == "Mn" else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def flow(value) -> str:
    """A value as YAML on one line, which reads as the same value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value) and value.lower() not in WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)
