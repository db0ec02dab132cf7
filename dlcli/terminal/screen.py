"""What commands write: one JSON document or text on stdout, everything else on stderr."""

import json
import math
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress

from dlcli.text import count, cut, printable, unseen, width

NARROW = 10
"""Columns that a text which is cut short keeps at the least."""
HINT = "  hint: "
"""How the last line of an error begins."""


def present(document: dict, as_json: bool, show: Callable[[dict], object]) -> None:
    """The document of a command, on stdout: as JSON, or as `show` tells it to people."""
    if as_json:
        emit(document)
    else:
        show(document)


def emit(document: dict) -> None:
    """The JSON document of a command, on stdout. Values that are not finite become null."""
    from dlcli.storage.strict_json import dump

    text = dump(document, null=True, indent=2 if sys.stdout.isatty() else None).decode()
    if not text.replace("\n", "").isprintable():        # the same document, but nothing in it can steer a terminal
        text = "".join(json.dumps(c)[1:-1] if c != "\n" and unseen(c) else c for c in text)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def say(*lines: str) -> None:
    """Lines of the result, on stdout; without any, an empty one."""
    for line in lines or ("",):
        write(sys.stdout, wrapped(printable(line), columns(sys.stdout)))


def warn(*lines: str) -> None:
    """Lines that are not the result, on stderr. If nobody listens there, they are lost, and nothing else."""
    with suppress(OSError):
        sys.stdout.flush()
        for line in lines:
            write(sys.stderr, wrapped(printable(line), columns(sys.stderr)))


def complain(error: object) -> None:
    """An error or a warning of several lines, whose parts have been made printable."""
    warn(*str(error).split("\n"))


def columns(stream) -> int | None:
    """Columns that a line may have: as COLUMNS says, else those of the terminal; None if nothing limits it."""
    if asked := os.environ.get("COLUMNS"):
        return int(asked)       # `main` lets nothing else stand there
    return shutil.get_terminal_size().columns if stream.isatty() else None


def wrapped(line: str, room: int | None) -> str:
    """A line broken between words, unless it begins with blanks: commands and quotations stay as they are."""
    hint = line.startswith(HINT)
    if room is None or room <= 20 or width(line) <= room or (line.startswith("  ") and not hint):
        return line
    import textwrap

    indent = " " * len(HINT) if hint else ""
    parts = textwrap.wrap(line, room - 1, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(parts)


def write(stream, text: str) -> None:
    """A line of our own making; what the stream's encoding lacks becomes a question mark."""
    encoding = stream.encoding or "utf-8"
    stream.write((text + "\n").encode(encoding, "replace").decode(encoding))


def table(
    titles: list[str], rows: list[list], left: int = 1, gap: int = 3, spare: str | None = None, whole: bool = False
) -> None:
    """A table on stdout: the first `left` columns to the left, the others to the right, `gap` blanks between.

    If there are too few columns for it, the column `spare` goes first, if there is one. Then with `whole` the widest
    columns are cut short, the first at its beginning; else a last column of text is cut short, or columns at the right
    are left out, and a line says so.
    """
    cells = [[printable(cell) for cell in row] for row in (titles, *rows)]
    room, total = columns(sys.stdout) or math.inf, len(titles)

    def over() -> int:
        return sum(widths) + gap * (len(widths) - 1) - room

    widths = [max(map(width, column)) for column in zip(*cells)]
    if spare and over() > 0:
        at = titles.index(spare)
        cells, widths, left = (
            [row[:at] + row[at + 1 :] for row in cells],
            widths[:at] + widths[at + 1 :],
            left - (at < left),
        )
    while whole and over() > 0 and max(widths) > NARROW:
        widths[widths.index(max(widths))] -= 1
    if left == len(widths) and 0 < over() <= widths[-1] - NARROW:
        widths[-1] -= over()
    while len(widths) > 2 and over() > 0:
        widths.pop()
    for i, row in enumerate(cells):
        fitting = [cut(cell, w, end=j == 0) for j, (cell, w) in enumerate(zip(row, widths))]
        parts = [" " * (w - width(cell)) + cell if j >= left else cell + " " * (w - width(cell))
                 for j, (cell, w) in enumerate(zip(fitting, widths))]
        line = (" " * gap).join(parts).rstrip()
        write(sys.stdout, line if i else dim(line))
    if len(widths) < total:
        say(f"({count(total - len(widths), 'more column')} in a wider window)")


def dim(text: str) -> str:
    """Less bright, if stdout is a terminal that has colour."""
    return f"\x1b[2m{text}\x1b[0m" if colored(sys.stdout) and text.strip() else text


def colored(stream) -> bool:
    """Whether a stream is a terminal that has colour, and that may be used."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
