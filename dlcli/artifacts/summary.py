"""Runs at a glance, and two or more side by side."""

from pathlib import Path

from dlcli.artifacts.drift import flat
from dlcli.artifacts.run import Run, made
from dlcli.errors import DlcliError, RunError

MOST = 10 ** 15
"""No run has more epochs, steps, parameters or seconds."""
FIELDS = ("status", "created", "epochs", "steps", "parameters", "seconds", "positive", "metrics")


def list_runs(root: Path) -> list[dict]:
    """What is known of each run folder below root, the oldest first.

    {"name": of the folder, "path", "status", "created", "epochs", "steps", "parameters", "seconds", "positive": name of
    the class that precision, recall and F1 are of, "metrics": {split: {name: value}}, "problem"}. What is not known is
    None. A run that has not ended is described by its last epoch. A folder that cannot be read has a "problem" in
    words, which else is None.
    """
    try:
        folders = sorted(path for path in Path(root).iterdir() if path.is_dir() and not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(str(root), f"cannot be read: {error.strerror}") from error
    rows = [(_row(path), made(path)) for path in folders]
    return [row for row, _ in sorted(rows, key=lambda one: (one[0]["created"] or "", one[1], one[0]["name"]))]


def _row(path: Path) -> dict:
    row = {"name": path.name, "path": str(path), **dict.fromkeys(FIELDS), "problem": None}
    try:
        return row | overview(Run.open(path))
    except RunError as error:
        return row | {"problem": f"{error.where}: {error.problem}"}


def overview(run: Run) -> dict:
    """The fields of `list_runs` for one run, but for its name and place."""
    info = run.info
    epoch = {} if "metrics" in info else run.journal.last("epoch") or {}
    fallback = {"epochs": epoch.get("epoch"), "steps": epoch.get("step"), "seconds": epoch.get("seconds")}
    numbers = {name: info.get(name, fallback.get(name)) for name in ("epochs", "steps", "parameters", "seconds")}
    metrics = (
        info.get("metrics") if "metrics" in info else {split: epoch.get(split) for split in ("train", "validation")}
    )
    return {
        "status": run.status,
        "created": info["created"] if isinstance(info.get("created"), str) else None,
        **{name: value if _is_number(value) and abs(value) <= MOST else None for name, value in numbers.items()},
        "positive": info["positive"] if isinstance(info.get("positive"), str) else None,
        "metrics": _metrics(metrics),
    }


def positive_of(run: Run) -> str | None:
    """Name of the class that a run's precision, recall and F1 are of, None unless there are two. Runs of earlier
    versions have it in their checkpoints only."""
    if "positive" in run.info:
        return overview(run)["positive"]
    try:
        data = run.load("last").state["data"]
        return str(data["labels"][data["positive"]])
    except (DlcliError, KeyError, TypeError, IndexError):
        return None


def unfinished(run: Run) -> str | None:
    """What to say of a run whose training did not come to its end: its weights are not those that it was made for."""
    said = {"created": "has not begun", "running": "is still being trained", "interrupted": "was interrupted",
            "crashed": "ended with a crash", "diverged": "diverged", "failed": "failed"}.get(run.status)
    if said is None:
        return None
    epoch = (run.journal.last("epoch") or {}).get("epoch")
    after = f" after epoch {epoch}" if isinstance(epoch, int) and said != "has not begun" else ""
    way = f": `dlcli resume {run.path}` goes on" if run.status in ("interrupted", "crashed") else ""
    return f"the run {said}{after}; these are not the weights of a finished training{way}"


def compare(runs: list[Run]) -> dict:
    """{"runs": names of the folders, "status": of each, "config": {path: [value in each run]}, "positive": [in each
    run, name of the class that precision, recall and F1 are of], "metrics": {"split.name": [value in each run]}}.

    The config has the paths whose values differ, in the grammar of overrides: entries of the network go by name.
    None stands for what a run does not have.
    """
    configs = [dict(flat(run.resolved, "")) for run in runs]
    paths = dict.fromkeys(path for config in configs for path in config)
    config = {path: [one.get(path) for one in configs] for path in paths}
    metrics = [
        {
            f"{split}.{name}": value
            for split, values in overview(run)["metrics"].items()
            for name, value in values.items()
        }
        for run in runs
    ]
    return {
        "runs": [run.path.name for run in runs],
        "status": [run.status for run in runs],
        "config": {path: values for path, values in config.items() if any(value != values[0] for value in values)},
        "positive": [positive_of(run) for run in runs],
        "metrics": {
            name: [one.get(name) for one in metrics] for name in dict.fromkeys(name for one in metrics for name in one)
        },
    }


def _metrics(value) -> dict[str, dict[str, float | None]]:
    if not isinstance(value, dict):
        return {}
    return {split: {name: number for name, number in values.items() if number is None or _is_number(number)}
            for split, values in value.items() if isinstance(values, dict)}


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
