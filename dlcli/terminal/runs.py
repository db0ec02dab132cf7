"""The documents of `runs` and `runs show` for people."""

import os
import shutil
import sys
from pathlib import Path

from dlcli.terminal.metrics import titled
from dlcli.terminal.screen import say, table, write
from dlcli.text import count, duration, number


def show_list(rows: list[dict], root: Path) -> None:
    """A line for each run. root: the folder that they are in."""
    if not rows:
        return say(f"No runs in {root}. `dlcli train CONFIG` makes one.")
    table(["run", "status", "loss", "metric", "epochs", "time"], [_cells(row) for row in rows], left=2, gap=2)


def _cells(row: dict) -> list:
    """One line: of the metrics the first, on the validation split if there is one."""
    splits = row["metrics"] or {}
    values = splits.get("validation") or splits.get("train") or {}
    metrics = (f"{titled(name, row['positive'])} {number(value)}" for name, value in values.items() if name != "loss")
    metric = next(metrics, row["problem"] or "")
    time = "-" if row["seconds"] is None else duration(row["seconds"])
    return [row["name"], row["status"] or "unreadable", number(values.get("loss")), metric, number(row["epochs"]), time]


def show(about: dict) -> None:
    """What a run is, its metrics, and its curves."""
    seconds = about["seconds"]
    say(f"{about['run']}  {about['status']}" + (f", {duration(seconds)}" if seconds is not None else ""))
    counts = {name: about[f"{name}s"] for name in ("epoch", "step", "parameter")}
    known = ", ".join(f"- {name}s" if n is None else count(n, name) for name, n in counts.items())
    say(f"{known}, seed {about['seed']}")
    metrics = {split: values for split, values in about["metrics"].items() if values}
    if metrics:
        say()
        names = list(dict.fromkeys(name for values in metrics.values() for name in values))
        table(["", *(titled(name, about["positive"]) for name in names)],
              [[split, *(number(values.get(name)) for name in names)] for split, values in metrics.items()])
    _curves(about["run"])
    if files := about["plots"]:
        say(f"pictures in {Path(files[0]).parent}: {', '.join(Path(file).name for file in files)}")


def _curves(run: str) -> None:
    from dlcli.artifacts.run import Run
    from dlcli.figures.plots import sketch

    width, height = shutil.get_terminal_size((100, 40))
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    curves = sketch(Run.open(Path(run)), min(width, 160), max(14, height - 8), color)
    if curves:
        write(sys.stdout, "\n" + curves)
        sys.stdout.flush()
