"""Text for people: texts of users (a label, a path, a line of a file) made printable, numbers, lists in words."""

import json
import math
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


def number(value) -> str:
    """A number for people: four significant digits, thousands with commas, `-` where there is none."""
    if value is None:
        return "-"
    if isinstance(value, bool | str):
        return str(value)
    if abs(value) < 1e15 if isinstance(value, int) else 1e4 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.4f}" if 0.01 <= abs(value) < 10 or value == 0 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """0.42 s, 12 s, 3:05, 1:02:03."""
    if seconds < 10:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1000:
        return f"{count} bytes"
    power = min(4, int(math.log10(count * 1.0005) / 3))
    return f"{count / 1000 ** power:.3g} {('KB', 'MB', 'GB', 'TB')[power - 1]}"


def count(n: int, noun: str) -> str:
    """`1 epoch`, `2 epochs`."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def split_rows(rows: dict[str, int]) -> str:
    """`107 train, 36 validation rows`."""
    return ", ".join(f"{n:,} {name}" for name, n in rows.items()) + (
        " row" if list(rows.values())[-1:] == [1] else " rows"
    )


def listed(names) -> str:
    """`a, b and c`."""
    names = [str(name) for name in names]
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def cut(text: str, room: int, end: bool = False) -> str:
    """The beginning of a text, or its end, if it is wider than the room there is. What lies beyond is not looked at."""
    taken = kept = 0
    for i, character in enumerate(reversed(text) if end else text, 1):
        taken += width(character)
        if taken < room:
            kept = i
        elif taken > room:
            return "…" + text[len(text) - kept:] if end else text[:kept] + "…"
    return text
