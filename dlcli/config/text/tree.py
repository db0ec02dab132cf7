"""Values that know where they were written."""

from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

MAX_DEPTH = 64
"""How deep mappings and lists may lie in each other."""


class SourceText:
    """A text that values come from: a file, an override, or stored values (no lines).

    numbered: messages give line and column. order: place among the overrides of one call; problems are shown in this
    order.
    """

    def __init__(self, name: str, lines: list[str] | tuple = (), numbered: bool = True, order: int = 0):
        self.name, self.lines, self.numbered, self.order = name, lines, numbered and bool(lines), order


class Span(NamedTuple):
    """A piece of one line of a source. Line and column count from 1; line 0 means that the place is not known."""

    source: SourceText
    line: int = 0
    column: int = 0
    length: int = 1


class Invalid:
    """Stands for a value that was already reported, so that nobody reports it twice."""

    def __repr__(self):
        return "INVALID"


INVALID = Invalid()


@dataclass(slots=True)
class Node:
    """One value: None, bool, int, float, str, a list of nodes, a dict from str to node, or INVALID.

    span: where the value stands. key: where the key stands that holds it, for values of mappings.
    written: a scalar as its author wrote it (`1E+3`), for messages. quoted: text that stands in quotes.
    """

    value: object
    span: Span
    key: Span | None = None
    written: str | None = None
    quoted: bool = False
    inline: bool = True

    @property
    def place(self) -> Span:
        """The span that a message about the value should show: of a value that has several lines, or that is not there,
        its key."""
        return self.key if self.key and (not self.inline or self.value is None and not self.written) else self.span

    def plain(self):
        """The value as JSON would hold it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def copy(self) -> "Node":
        """A copy whose mappings and lists can be changed freely."""
        value = self.value
        if isinstance(value, dict):
            value = {key: node.copy() for key, node in value.items()}
        elif isinstance(value, list):
            value = [node.copy() for node in value]
        return Node(value, self.span, self.key, self.written, self.quoted, self.inline)


def part(node: Node, name: str) -> Node | None:
    """What a mapping holds under a key, or a list at an index. A single value that counts as a list is its own part
    `0`, and `relu` is its own part `relu`."""
    value = node.value
    if isinstance(value, list):
        return value[int(name)] if name.isascii() and name.isdigit() and int(name[:9]) < len(value) else None
    if isinstance(value, dict) and name in value:
        return value[name]
    return Node(value if name == "0" else None, node.span) if value is not None and name in (value, "0") else None


def from_plain(value, source: SourceText, depth: int = 0) -> Node:
    """A tree without places, from values such as a JSON file holds. ValueError if YAML could not hold them."""
    span = Span(source)
    if depth > MAX_DEPTH:
        raise ValueError(f"values lie more than {MAX_DEPTH} deep in each other")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key is not text")
        items = {key: from_plain(item, source, depth + 1) for key, item in value.items()}
        for item in items.values():
            item.key = span             # messages about a key take its place, as little as there is to say of it
        return Node(items, span)
    if isinstance(value, (list, tuple)):
        return Node([from_plain(item, source, depth + 1) for item in value], span)
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise ValueError(f"a value is of type {type(value).__name__}")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("a number is not finite")
    if isinstance(value, int) and not -2**63 <= value < 2**64:
        raise ValueError("a whole number does not fit into 64 bits")
    return Node(value, span)
