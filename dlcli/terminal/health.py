"""The verdict for people: what is wrong, where it starts, how we know, what to change; then the layers, then the
checks."""

from math import log10
from shlex import quote

from dlcli.health.causes import CAUSES
from dlcli.terminal import over_time
from dlcli.text import printable, rough

COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}
LOWEST, HIGHEST, USUAL = -6, 0, -3
"""The scale of log10(update / weight), and the value that a healthy training has."""
MOST_DECADES = 12
"""What a full and an empty bar of the gradient can differ by."""
BAR = 8
ASCII = str.maketrans({"█": "#", "●": "o", "·": ".", **dict.fromkeys("▏▎▍▌▋▊▉", "-")})
"""For terminals and files that know no other characters."""
OTHERS = 68
"""Columns that the table needs beside the names."""


def show(document: dict, console=None, subject: list[str] | None = None) -> None:
    """Print a document of `inspect`. `subject`: the config as the user named it, with overrides, for the command that
    trains the cured network; left out, the changes alone are listed."""
    from rich.console import Console

    console = console or Console(highlight=False, markup=False, emoji=False)
    _verdict(document, console)
    for finding in document["findings"]:
        console.print()
        _finding(finding, console, subject)
    if document["layers"]:
        console.print()
        _layers(document["layers"], console)
    if document["over_time"]:
        console.print()
        over_time.show(document["over_time"], console)
    console.print()
    _checks(document, console)


def _verdict(document: dict, console) -> None:
    """The first line: all that somebody in a hurry needs."""
    from rich.text import Text

    findings = document["findings"]
    if document["verdict"] == "healthy":
        line = Text("HEALTHY", style="bold green")
        joint = ", with "
        for severity, word in (("warning", "warning"), ("info", "note")):
            if count := sum(finding["severity"] == severity for finding in findings):
                line.append(f"{joint}{count} {word}{'s' * (count > 1)}", style=COLOURS[severity])
                joint = " and "
        console.print(line)
        return
    root = findings[0]
    line = Text("UNHEALTHY", style="bold red")
    epoch = root["evidence"].get("epoch")
    begins = f"starting at {root['layer']}" if epoch is None else f"after epoch {epoch}"
    line.append(f": {CAUSES[root['cause']].words}, {begins}", style="bold")
    console.print(line)


def _finding(finding: dict, console, subject: list[str] | None) -> None:
    from rich.table import Table
    from rich.text import Text

    evidence, remedy = finding["evidence"], finding["remedy"]
    head = Text(finding["severity"], style=COLOURS[finding["severity"]])
    head.append(f"  {finding['code']} {CAUSES[finding['cause']].words}, {finding['layer']}", style="bold")
    console.print(head)
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    low, high = map(rough, evidence["healthy"])
    grid.add_row("  what", Text(printable(evidence["says"])))
    grid.add_row(
        "  seen",
        Text(f"{evidence['measure']}: {rough(evidence['value'])} {evidence['when']}; healthy is {low} to {high}"),
    )
    if finding["consequences"]:
        hence = (
            f"{CAUSES[other['cause']].words} ({other['code']}, {other['layer']})" for other in finding["consequences"]
        )
        grid.add_row("  hence", Text(", ".join(hence)))
    grid.add_row("  cure", Text(printable(remedy["text"])))
    console.print(grid)
    if remedy["patch"]:
        _patch(remedy["patch"], console, subject)
    for other in remedy["others"]:
        console.print(Text(f"  or    {other['text']}"), soft_wrap=True)
        _patch(other["patch"], console, subject)


def _patch(patch: list[str], console, subject: list[str] | None) -> None:
    """The changes as arguments of a command that can be copied."""
    from rich.text import Text

    words = [quote(change) for change in patch]
    if subject:
        changed = {change.partition("=")[0] for change in patch}
        # no key may be set twice
        kept = [word for word in subject[1:] if word.partition("=")[0].removeprefix("~") not in changed]
        words.insert(0, "dlcli train " + " ".join(map(quote, [subject[0], *kept])))
    for i, word in enumerate(words):
        text = ("      " if subject and i else "    ") + word + (" \\" if subject and i < len(words) - 1 else "")
        console.print(Text(printable(text), style="cyan"), soft_wrap=True)


def _layers(layers: list[dict], console) -> None:
    """A line for each layer with parameters, together with the activation behind it."""
    from rich.table import Table
    from rich.text import Text

    rows = merged(layers)
    known = [log10(row["gradient_norm"]) for row in rows if row["gradient_norm"]]
    top = max(known, default=0.0)
    span = min(MOST_DECADES, max(3.0, top - min(known, default=0.0)))
    scale = " " * (USUAL - LOWEST) * 2 + "-3"
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    narrow = not console.encoding.lower().startswith("utf")
    grid.add_column(
        "layer", no_wrap=True, overflow="crop" if narrow else "ellipsis", max_width=max(8, console.width - OTHERS)
    )
    grid.add_column("gradient (log)", no_wrap=True)
    grid.add_column(f"log10 update/weight\n{scale}", no_wrap=True)
    grid.add_column("units", no_wrap=True)
    for row in rows:
        cells = _gradient(row["gradient_norm"], top, span), _update(row["update_ratio"]), _units(row)
        grid.add_row(
            Text(row["name"]),
            *(Text(cell.plain.translate(ASCII), style=cell.style) if narrow else cell for cell in cells),
        )
    console.print(grid)


def merged(layers: list[dict]) -> list[dict]:
    """Lines of the table: an activation joins the layer before it; what has neither parameters nor units is left
    out."""
    rows: list[dict] = []
    for layer in layers:
        parameters, units = (
            layer["weight_norm"] is not None,
            layer["dead"] is not None or layer["saturated"] is not None,
        )
        if parameters:
            rows.append(dict(layer))
        elif units and rows and rows[-1]["dead"] is None and rows[-1]["saturated"] is None:
            rows[-1] |= {"dead": layer["dead"], "saturated": layer["saturated"]}
        elif units:
            rows.append(dict(layer))
    return rows


def _gradient(value: float | None, top: float, span: float):
    from rich.text import Text

    if not value:
        return Text("-" if value is None else "0", style="dim" if value is None else "red")
    share = 1 - (top - log10(value)) / span
    return Text(f"{bar(share)} {rough(value)}")


def _update(value: float | None):
    """A track from 10^-6 to 1 with a mark at 10^-3, and the dot where the layer's update is."""
    from rich.text import Text

    if value is None:
        return Text("-", style="dim")
    cells = ["·"] * (2 * (HIGHEST - LOWEST) + 1)
    cells[2 * (USUAL - LOWEST)] = "|"
    if not value:
        return Text("".join(cells) + "  none", style="dim")
    place = round(2 * (min(max(log10(value), LOWEST), HIGHEST) - LOWEST))
    cells[place] = "●"
    return Text(f"{''.join(cells)} {log10(value):5.1f}")


def _units(row: dict):
    from rich.text import Text

    for what, limit in (("dead", 0.3), ("saturated", 0.5)):
        if row[what] is not None:
            style = "red" if row[what] > 2 * limit or row[what] > 0.9 else "yellow" if row[what] > limit else ""
            return Text(f"{bar(row[what])} {100 * row[what]:.0f} % {what}", style=style)
    return Text("")


def bar(share: float) -> str:
    """A bar of BAR characters, filled to a share of them in eighths."""
    eighths = round(8 * BAR * min(max(share, 0.0), 1.0))
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(BAR)


def _checks(document: dict, console) -> None:
    """What was asked. If all is well that is the message, so the questions are named in full."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    healthy = document["verdict"] == "healthy"
    for said in ("fired", "silent", "could not run"):
        groups: dict = {}
        for check in document["checks"]:
            if check["said"] == said:
                title = f" {check['title']}" if healthy or said == "fired" else ""
                groups.setdefault(check["why"], []).append(check["code"] + title)
        for i, (why, names) in enumerate(groups.items()):
            grid.add_row(said if i == 0 else "", Text(", ".join(names) + (f": {why}" if why else "")))
    console.print(grid)
