"""Text for people: texts of users (a label, a path, a line of a file) made printable, cut and quoted; numbers; lists in
words; what was meant by a name that is not there."""

import json
import math
import re
from collections.abc import Collection, Iterable, Sequence
from unicodedata import category, east_asian_width

WORDS = ("true", "false", "null")
"""What YAML reads as something else than text."""
MANY_NAMES = 2_000
"""Above so many names, likeness to each of them takes too long to measure."""


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
    """A number for people: four significant digits, thousands with commas, `-` if there is none."""
    if value is None:
        return "-"
    if isinstance(value, bool | str):
        return str(value)
    if abs(value) < 1e15 if isinstance(value, int) else 1e4 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.4f}" if 0.01 <= abs(value) < 10 or value == 0 else f"{value:.4g}"


def rough(value: float | None) -> str:
    """A measurement for people, of which the size alone counts: two or three significant digits, `-` if there is
    none."""
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:.3g}" if 0.1 <= abs(value) < 1000 else f"{value:.2g}"


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
    """`1 epoch`, `2 epochs`, `2 pieces of text`."""
    noun, of, rest = noun.partition(" of ")
    return f"{n:,} {noun}" + ("" if n == 1 else "s") + of + rest


def split_rows(rows: dict[str, int]) -> str:
    """`107 train, 36 validation rows`."""
    return ", ".join(f"{n:,} {name}" for name, n in rows.items()) + (
        " row" if list(rows.values())[-1:] == [1] else " rows"
    )


def listed(names: Iterable, word: str = "and") -> str:
    """All of them: `a, b and c`."""
    names = [str(name) for name in names]
    return ", ".join(names[:-1]) + f" {word} {names[-1]}" if len(names) > 1 else "".join(names)


def first_of(names: Iterable[str], most: int) -> str:
    """The first of them: `a, b, ...`."""
    names = list(names)
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


def quoted_list(names: Iterable[str], most: int = 12) -> str:
    """The first of a user's names, and how many more there are: `'a', 'b' and 3 more`."""
    names = list(names)
    return ", ".join(map(quoted, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")


def shorten(text: str, most: int = 40) -> str:
    """A user's text in a message: printable, at most this many characters."""
    text = printable(text[:most + 1])
    return text if len(text) <= most else text[:most - 3] + "..."


def quoted(text: object, most: int = 40) -> str:
    """A user's text in a message, within quotes: printable, and cut if it has more than this many characters."""
    text = str(text)
    return repr(text if len(text) <= most else text[:most - 3] + "...")


def closest(name: str, names: Collection[str], least: float = 0.6) -> str | None:
    """The name that this is a slip of, or None: at least so much of the two is equal. Of very many names it is looked
    for only among those that differ in capitals and spaces."""
    from difflib import get_close_matches

    if len(names) > MANY_NAMES:
        return next((other for other in names if _plain(other) == _plain(name)), None)
    return next(iter(get_close_matches(name, names, 1, least)), None)


def _plain(name: str) -> str:
    return "".join(name.lower().replace("_", " ").split())


def did_you_mean(name: str | None) -> str | None:
    """A hint, if it is known what was meant."""
    return None if name is None else f"did you mean {name!r}?"


def meant_or_all(name: str, names: Sequence[str]) -> str:
    """A hint: the name that was probably meant, or those that there are."""
    return did_you_mean(closest(name, names)) or f"there are: {quoted_list(names)}"


def cut(text: str, room: int, end: bool = False) -> str:
    """The beginning of a text, or its end, if it is wider than the columns that a terminal or a figure has for it. What
    lies beyond is not looked at."""
    taken = kept = 0
    for i, character in enumerate(reversed(text) if end else text, 1):
        taken += width(character)
        if taken < room:
            kept = i
        elif taken > room:
            return "…" + text[len(text) - kept:] if end else text[:kept] + "…"
    return text
