"""dlcli runs, dlcli runs show"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, subcommand_metavar="[show RUN]")
Plots = Annotated[
    bool,
    typer.Option(
        "--plots/--no-plots",
        help="Write the curves, and the filters of a first convolution, as pictures to the run's folder plots/ as "
             "well.",
    ),
]


@app.callback()
def runs(context: typer.Context, runs: o.Runs = o.RUNS, json: o.Json = False):
    """List runs, or show one with its curves."""
    if context.invoked_subcommand is None:
        _list(runs, json)
    else:
        context.obj = runs


@app.command()
def show(context: typer.Context, run: o.RunName, runs: o.Runs = o.RUNS, plots: Plots = True, json: o.Json = False):
    """Show a run: what it is, its metrics, and its curves in the terminal.

    Of more than 10,000 epochs, evenly spaced ones, the last and the best.
    """
    from dlcli.api import _runs
    from dlcli.artifacts.summary import overview, positive_of
    from dlcli.terminal import screen

    found = _runs.find(run, runs if runs != o.RUNS else context.obj)
    about = {"run": str(found.path), **overview(found), "positive": positive_of(found)}
    if json or context.parent.params["json"]:
        return screen.emit(about | {"history": found.journal.read("epoch"), "plots": _pictures(found, plots)})
    _show(found, about)
    if files := _pictures(found, plots):
        screen.say(f"pictures in {Path(files[0]).parent}: {', '.join(Path(file).name for file in files)}")


def _pictures(run, wanted: bool) -> list[str]:
    """The files that were drawn; a run that can be read but not written to is shown without."""
    from dlcli.errors import RunError, StorageError
    from dlcli.figures import filters, plots
    from dlcli.terminal.screen import warn

    if not wanted:
        return []
    paths, what = [], "pictures"
    try:
        paths += plots.draw(run)
        what = "picture of the filters"
        paths += filters.write(run)
    except (StorageError, RunError) as error:
        warn(f"no {what}: {error.where}: {error.problem}")
    return [str(path) for path in paths]


def _list(root: Path, json: bool) -> None:
    from dlcli.artifacts.summary import list_runs
    from dlcli.errors import RunError
    from dlcli.terminal.screen import emit, say, table

    if root != o.RUNS and not root.is_dir():
        raise RunError(str(root), "there is no such folder")
    rows = list_runs(root)
    if json:
        return emit({"runs": rows})
    if not rows:
        return say(f"No runs in {root}. `dlcli train CONFIG` makes one.")
    table(["run", "status", "loss", "metric", "epochs", "time"], [_cells(row) for row in rows], left=2, gap=2)


def _cells(row: dict) -> list:
    """One line: of the metrics the first, on the validation split where there is one."""
    from dlcli.terminal.metrics import titled
    from dlcli.terminal.screen import duration, number

    splits = row["metrics"] or {}
    values = splits.get("validation") or splits.get("train") or {}
    metrics = (f"{titled(name, row['positive'])} {number(value)}" for name, value in values.items() if name != "loss")
    metric = next(metrics, row["problem"] or "")
    time = "-" if row["seconds"] is None else duration(row["seconds"])
    return [row["name"], row["status"] or "unreadable", number(values.get("loss")), metric, number(row["epochs"]), time]


def _show(run, about: dict) -> None:
    import os
    import shutil
    import sys

    from dlcli.figures.plots import sketch
    from dlcli.terminal.metrics import titled
    from dlcli.terminal.screen import count, duration, number, say, table, write

    seconds = about["seconds"]
    say(f"{about['run']}  {about['status']}" + (f", {duration(seconds)}" if seconds is not None else ""))
    counts = {name: about[f"{name}s"] for name in ("epoch", "step", "parameter")}
    say(
        ", ".join(f"- {name}s" if n is None else count(n, name) for name, n in counts.items())
        + f", seed {run.info.get('seed')}"
    )
    metrics = {split: values for split, values in about["metrics"].items() if values}
    if metrics:
        say()
        names = list(dict.fromkeys(name for values in metrics.values() for name in values))
        table(["", *(titled(name, about["positive"]) for name in names)],
              [[split, *(number(values.get(name)) for name in names)] for split, values in metrics.items()])
    width, height = shutil.get_terminal_size((100, 40))
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    curves = sketch(run, min(width, 160), max(14, height - 8), color)
    if curves:
        write(sys.stdout, "\n" + curves)
        sys.stdout.flush()
