"""How an error signal fares on its way back through time: a line for each recurrent cell."""

from math import inf, log10

from dlcli.text import rough

LEVELS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*%#"
DECADES = 6
"""From an empty column to a full one."""
NARROWEST, WIDEST = 12, 40
"""Columns of the curve."""
LONGEST = 24
"""Columns of a name, at most."""
OTHERS = 47
"""Columns that the table needs beside the curve and the names."""


def show(rows: list[dict], console) -> None:
    """A table of the entries `over_time` of a document: each cell's signal from the last step back to the first."""
    from rich.table import Table
    from rich.text import Text

    plain = not console.encoding.lower().startswith("utf")
    names = [f"{row['name']} {row['cell']}".strip() for row in rows]
    named = min(LONGEST, max(len("recurrent"), *map(len, names)))
    width = max(NARROWEST, min(WIDEST, console.width - OTHERS - named))
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    grid.add_column("\nrecurrent", no_wrap=True, overflow="crop" if plain else "ellipsis", max_width=named)
    grid.add_column("\nsteps", no_wrap=True, justify="right")
    ends = "last" + "to first".rjust(width - 4)
    grid.add_column(f"signal, {DECADES} decades"[:width] + "\n" + ends, no_wrap=True)
    for title in ("half-life\nat start", "\nnow", "half way\nback"):
        grid.add_column(title, no_wrap=True, justify="right")
    for name, row in zip(names, rows):
        grid.add_row(Text(name), str(row["steps"]), curve(row["signal"], width, ASCII if plain else LEVELS),
                     life(row["start"]), life(row), rough(row["half_way"]))
    console.print(grid)


def life(found: dict) -> str:
    """The half-life in steps; of a signal that grows, the steps in which it doubles."""
    if found["half_life"] is not None:
        return rough(found["half_life"])
    return f"x2 in {rough(found['doubling'])}" if found["doubling"] is not None else "-"


def curve(signal: list[float | None], width: int, levels: str = LEVELS) -> str:
    """A character for each step or, if there are more steps than room, for some of them; the largest is full."""
    count = min(width, len(signal))
    picked = [signal[round(i * (len(signal) - 1) / max(1, count - 1))] for i in range(count)]
    heights = [inf if value is None else log10(value) if value else -inf for value in picked]
    top = max((height for height in heights if height < inf), default=0.0)
    full = len(levels) - 1

    def level(height: float) -> int:
        if height in (inf, -inf):
            return full if height > 0 else 0
        return max(0, round(full * (1 + (height - max(top, 0.0)) / DECADES)))

    return "".join(levels[level(height)] for height in heights)
