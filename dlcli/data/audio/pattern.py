"""What the name of a recording says of it: `{label}_{speaker}_{n}`, and which recordings are those of a split."""

import re
from collections.abc import Sequence

import numpy as np

from dlcli.text import listed, quoted, quoted_list

LABEL = "label"
Value = str | int
Selection = dict[str, Value | list[Value]]
"""Conditions by the names of parts, all of which must hold: a value, a list of values, or `<5`, `<=5`, `>5`, `>=5`."""
COMPARE = re.compile(r"(<=|>=|<|>)\s*(-?\d+)")
WHOLE = re.compile(r"[+-]?\d{1,18}")


class Pattern:
    """A text with named parts in braces, for the end of a path without the file's ending. A part has one character at
    least, and no slash. `names`: of its parts."""

    def __init__(self, text: str):
        """ValueError for what is no pattern."""
        pieces = re.split(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", text)
        self.text, self.names, self._texts = text, pieces[1::2], pieces[::2]
        self._slashes = text.count("/")
        if any(mark in piece for piece in self._texts for mark in "{}"):
            raise ValueError(f"{quoted(text)} has a brace that belongs to no part; a part is a name in braces, "
                             "{label}")
        if self.names.count(LABEL) != 1:
            raise ValueError(f"{quoted(text)} needs the part {{label}} exactly once; it has "
                             f"{listed('{' + name + '}' for name in self.names) or 'no part'}")
        twice = next((name for name in self.names if self.names.count(name) > 1), None)
        if twice:
            raise ValueError(f"{quoted(text)} has the part {{{twice}}} more than once")
        if not all(self._texts[1:-1]):
            raise ValueError(f"{quoted(text)} has two parts with nothing between them, so that nobody can tell where "
                             "the first ends")

    def fits(self, path: str) -> list[dict[str, str]]:
        """Each part by its name; no such if the path does not fit, two of several if it fits in more than one way."""
        stem = "/".join(path.split("/")[-1 - self._slashes:])   # as many slashes as the pattern: none is left for parts
        stem = stem[:stem.rfind(".")]
        # What lies between two parts is looked for as far to the left as it can be, and then as far to the right. If
        # there is any way, both find one; if there are several, they find the two that differ most.
        first = self._parts(stem, self._texts)
        if first is None:
            return []
        last = [part[::-1] for part in reversed(self._parts(stem[::-1], [text[::-1] for text in self._texts[::-1]]))]
        return [dict(zip(self.names, parts)) for parts in ([first] if first == last else [first, last])]

    def _parts(self, stem: str, texts: Sequence[str]) -> list[str] | None:
        start, *between, end = texts
        stop = len(stem) - len(end)
        if not (stem.startswith(start) and stem.endswith(end)):
            return None
        parts, place = [], len(start)
        for text in between:
            found = stem.find(text, place + 1, stop)
            if found < 0:
                return None
            parts.append(stem[place:found])
            place = found + len(text)
        parts.append(stem[place:stop])
        return parts if place < stop else None


def check_selection(option: str, selection: Selection, names: Sequence[str]) -> None:
    """ValueError for a condition on what is no part of the pattern, or for none."""
    for name, wanted in selection.items():
        if name not in names:
            raise ValueError(f"`{option}` names {quoted(name)}, and the parts of `label` are {quoted_list(names)}")
        if wanted == []:
            raise ValueError(f"`{option}: {{{name}: []}}` selects nothing")
    if not selection:
        raise ValueError(f"`{option}` has no condition")


class Unselected(Exception):
    """A condition that holds for nothing: the part, the value of it that no recording has, the values that there
    are."""

    def __init__(self, name: str, value: Value, there: list[str]):
        self.name, self.value, self.there = name, value, there


class Incomparable(Exception):
    """A part that is no whole number, and is compared with one: the recording's place, the part's name, its text."""

    def __init__(self, row: int, name: str, text: str):
        self.row, self.name, self.text = row, name, text


def selected(selection: Selection, facts: dict[str, list[str]]) -> np.ndarray:
    """Which recordings all conditions hold for, bool (recordings,). facts: the parts of each recording's name.

    A value is equal to a part if the texts are, or if both are the same whole number: 5 is 05. `Unselected` for a value
    that no recording has; `Incomparable`.
    """
    chosen = np.ones(len(next(iter(facts.values()))), bool)
    for name, wanted in selection.items():
        parts, any_of = facts[name], np.zeros(len(chosen), bool)
        for value in wanted if isinstance(wanted, list) else [wanted]:
            found = _holds(name, value, parts)
            if not found.any():
                raise Unselected(name, value, sorted(set(parts)))
            any_of |= found
        chosen &= any_of
    return chosen


def _holds(name: str, value: Value, parts: list[str]) -> np.ndarray:
    compare = COMPARE.fullmatch(value) if isinstance(value, str) else None
    if compare is None:
        same = _number(str(value))
        return np.array([part == str(value) or same is not None and _number(part) == same for part in parts])
    sign, limit = compare[1], int(compare[2])
    numbers = [_number(part) for part in parts]
    if None in numbers:
        row = numbers.index(None)
        raise Incomparable(row, name, parts[row])
    return np.array([{"<": n < limit, "<=": n <= limit, ">": n > limit, ">=": n >= limit}[sign] for n in numbers])


def _number(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) and text.isascii() else None
