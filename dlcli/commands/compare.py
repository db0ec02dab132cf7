"""dlcli compare"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

RunNames = Annotated[list[str], typer.Argument(metavar="RUN", show_default=False, help="Each " + o.RUN_HELP[2:])]


def command(names: RunNames, runs: o.Runs = o.RUNS, json: o.Json = False):
    """Set runs side by side.

    Where their configs differ, and what came of it.
    """
    from dlcli.api import _runs
    from dlcli.artifacts.summary import compare
    from dlcli.errors import UsageError
    from dlcli.terminal import screen

    if len(names) < 2:
        raise UsageError("compare", "two runs or more are needed")
    found = [_runs.find(name, runs) for name in names]
    document = compare(found)
    _warn_of_classes(document)
    for run in found:
        if not run.is_as_written("config.resolved.json"):
            screen.warn(f"warning: {run.path}: its config.resolved.json was changed since the run was made")
    if json:
        screen.emit(document)
    else:
        _show(document)


def _show(document: dict) -> None:
    from dlcli.terminal.screen import number, say, table

    titles = _titles(document)
    for title, name, status in zip(titles, document["runs"], document.get("status", ["completed"] * len(titles))):
        say(f"{title}  {name}" + ("" if status == "completed" else f" ({status})"))
    say()
    if document["config"]:
        table(["config", *titles], [[path, *map(_value, values)] for path, values in document["config"].items()],
              whole=True)
    else:
        say("The configs are the same.")
    say()
    positive = [["positive class", *map(number, document["positive"])]] if any(document.get("positive", ())) else []
    table(["metric", *titles],
          positive + [[name, *map(number, values)] for name, values in document["metrics"].items()])


def _titles(document: dict) -> list[str]:
    """A letter for each run, or a number where they are many."""
    runs = len(document["runs"])
    return [chr(ord("A") + i) if runs <= 26 else str(i + 1) for i in range(runs)]


def _warn_of_classes(document: dict) -> None:
    """A warning where metrics of one class stand beside those of another."""
    from dlcli.terminal.metrics import OF_POSITIVE
    from dlcli.terminal.screen import listed, warn

    runs: dict[str, list[str]] = {}
    for title, positive in zip(_titles(document), document["positive"]):
        if positive is not None:
            runs.setdefault(positive, []).append(title)
    of = [name for name in OF_POSITIVE if any(path.endswith(f".{name}") for path in document["metrics"])]
    if len(runs) > 1 and of:
        each = listed(f"of class {positive} in {listed(titles)}" for positive, titles in runs.items())
        warn(f"warning: {listed(of)} {'is' if len(of) == 1 else 'are'} {each}, and cannot be compared")
        warn("  hint: `data.positive` names the class that they are of")


def _value(value) -> str:
    """A value as a config would write it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
