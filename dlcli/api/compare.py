"""Set runs side by side."""

from collections.abc import Iterable
from pathlib import Path

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, note, warn
from dlcli.text import listed


def compare(
    names: Iterable[str | Path], *, runs: str | Path = "runs", notify: Listener | None = None
) -> dict:
    """Where the configs of two runs or more differ, and what came of it.

    names: folders, names below `runs`, beginnings of such names, or `last`. Returns {"runs", "status", "config": {path:
    [value in each run]}, "positive", "metrics": {"split.name": [value in each run]}}. A notice warns of metrics that
    are of one class in one run, and of another in the next.
    """
    from dlcli.artifacts.find import find
    from dlcli.artifacts.summary import compare
    from dlcli.errors import UsageError

    names, runs = _arguments.texts("names", names), _arguments.path("runs", runs)
    with call(notify):
        if len(names) < 2:
            raise UsageError("compare", "two runs or more are needed")
        found = [find(name, runs) for name in names]
        document = compare(found)
        _warn_of_classes(document)
        for run in found:
            if not run.is_as_written("config.resolved.json"):
                warn(f"{run.path}: its config.resolved.json was changed since the run was made")
        return document


def _warn_of_classes(document: dict) -> None:
    """A warning if metrics of one class stand beside those of another."""
    from dlcli.terminal.comparison import titles
    from dlcli.terminal.metrics import OF_POSITIVE

    runs: dict[str, list[str]] = {}
    for title, positive in zip(titles(document), document["positive"]):
        if positive is not None:
            runs.setdefault(positive, []).append(title)
    of = [name for name in OF_POSITIVE if any(path.endswith(f".{name}") for path in document["metrics"])]
    if len(runs) > 1 and of:
        each = listed(f"of class {positive} in {listed(titles)}" for positive, titles in runs.items())
        warn(f"{listed(of)} {'is' if len(of) == 1 else 'are'} {each}, and cannot be compared")
        note("  hint: `data.positive` names the class that they are of")
