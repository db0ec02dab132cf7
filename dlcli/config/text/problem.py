"""A problem of a config, shown as a good compiler shows it: with its place, its line and a caret."""

from typing import NamedTuple

from dlcli.config.text.tree import Span
from dlcli.text import printable, width

WIDTH = 110
"""A source line longer than this is shown in part."""


class Problem(NamedTuple):
    """One error or warning.

    span: what the caret points at. path: place in the config, such as `network.3.linear.units`.
    problem: one sentence. hint: what to do about it, or None.
    """

    span: Span
    path: str
    problem: str
    hint: str | None = None

    @property
    def line(self) -> int | None:
        """Line in the config file from 1; None if the value does not come from a file."""
        return self.span.line if self.span.source.numbered and self.span.line else None

    @property
    def column(self) -> int | None:
        """Column from 1, in characters; in an override, the column of its text."""
        return self.span.column if self.span.line else None

    @property
    def order(self) -> tuple:
        """What the problems of one config are sorted by: the file first, then overrides."""
        span = self.span
        return not span.source.numbered, span.source.order, span.line, span.column

    @property
    def source(self) -> str:
        """The line of the source, as it stands there."""
        lines = self.span.source.lines
        return lines[self.span.line - 1] if 0 < self.span.line <= len(lines) else ""

    @property
    def where(self) -> str:
        """`digits.yaml:14:9 network.3.linear.units`."""
        name = self.span.source.name
        return " ".join(
            part for part in (f"{name}:{self.line}:{self.column}" if self.line else name, self.path) if part
        )

    def __str__(self) -> str:
        hint = [f"  hint: {printable(self.hint)}"] if self.hint else []
        return "\n".join([printable(f"{self.where}: {self.problem}"), *self._excerpt(), *hint])

    def document(self) -> dict:
        """The problem as `--json` prints it. `line` is None for overrides and stored values."""
        return {"file": self.span.source.name, "line": self.line, "column": self.column, "where": self.path,
                "problem": self.problem, "hint": self.hint}

    def _excerpt(self) -> list[str]:
        text = self.source
        if not text.strip():
            return []
        start = self.span.column - 1
        left = max(0, min(start - WIDTH // 2, len(text) - WIDTH))
        head, right = "..." if left else "", "..." if left + WIDTH < len(text) else ""
        shown, start = text[left:left + WIDTH], start - left
        number = f"{self.line} " if self.line else ""
        marked = printable(shown[start:start + max(1, self.span.length)])
        caret = " " * (len(head) + width(printable(shown[:start]))) + "^" * max(1, width(marked))
        return [f"  {number}| {head}{printable(shown)}{right}", f"  {' ' * len(number)}| {caret}"]
