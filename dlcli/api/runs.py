"""The runs of a folder, and one of them with its curves."""

from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, note

if TYPE_CHECKING:
    from dlcli.artifacts.run import Run


def runs(root: str | Path = "runs") -> dict:
    """What is known of each run below a folder, the oldest first: {"runs": [...]}, as `artifacts.summary.list_runs` has
    it. RunError if there is no such folder; without the usual one there are no runs yet."""
    from dlcli.artifacts.summary import list_runs
    from dlcli.errors import RunError

    root = _arguments.path("root", root)
    if root != Path("runs") and not root.is_dir():
        raise RunError(str(root), "there is no such folder")
    return {"runs": list_runs(root)}


def show_run(
    run: str | Path, *, plots: bool = True, runs: str | Path = "runs", notify: Listener | None = None
) -> dict:
    """One run: what it is, its metrics, and its history.

    run: a folder, its name below `runs`, a beginning of that name, or `last`. plots: write the curves, and the filters
    of a first convolution, as pictures to its folder plots/.

    Returns {"run", "status", "metrics", "history": the journal's records of epochs, evenly spaced ones of more than
    10,000, "plots": files written, ...}.
    """
    from dlcli.artifacts.find import find
    from dlcli.artifacts.summary import overview, positive_of

    run, runs = _arguments.name_of("run", run), _arguments.path("runs", runs)
    with call(notify):
        found = find(run, runs)
        about = {"run": str(found.path), **overview(found), "positive": positive_of(found)}
        history = found.journal.read("epoch")
        return about | {"seed": found.info.get("seed"), "history": history, "plots": _plots(found) if plots else []}


def _plots(run: "Run") -> list[str]:
    """The files that were drawn; a run that can be read but not written to is shown without."""
    from dlcli.errors import RunError, StorageError
    from dlcli.figures import filters, plots

    paths, what = [], "pictures"
    try:
        paths += plots.draw(run)
        what = "picture of the filters"
        paths += filters.write(run)
    except (StorageError, RunError) as error:
        note(f"no {what}: {error.where}: {error.problem}")
    return [str(path) for path in paths]
