"""Run folders: found by name, made for an experiment, turned back into one."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.errors import RunError
from dlcli.terminal.screen import listed

if TYPE_CHECKING:
    from dlcli.artifacts.lineage import Lineage
    from dlcli.artifacts.run import Run
    from dlcli.config import Config
    from dlcli.training.experiment import Experiment


def find(name: str, root: Path) -> "Run":
    """The run of a path, of a name below root, of a beginning that only one name has, or the newest for `last`."""
    from dlcli.artifacts.run import Run

    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        _refuse_file(path)
    if os.path.exists(path / "run.json"):
        return Run.open(path)
    if os.sep in name.rstrip(os.sep):
        return _open(path)
    with suppress(OSError):
        found = [folder.parent for folder in root.glob("*/run.json")]
        if name == "last" and found:
            return Run.open(max(found, key=_made))
        beginning = [folder for folder in found if folder.name.startswith(name)]
        if len(beginning) == 1:
            return Run.open(beginning[0])
        if len(beginning) > 1 and not os.path.exists(root / name):
            newest = listed(sorted(folder.name for folder in beginning)[-3:])
            raise RunError(
                name,
                f"{len(beginning)} runs in {root} begin so",
                f"the newest are {newest}; `last` is the newest of all",
            )
    if name == "last":
        raise RunError(str(root), "there are no runs", "`dlcli train CONFIG` makes one, --runs names another folder")
    return _open(path if os.path.exists(path) else root / name)


def _open(path: Path) -> "Run":
    """Run.open, for what is perhaps something else."""
    from dlcli.artifacts.run import Run

    _refuse_file(path)
    with suppress(OSError):
        if next(path.glob("*/run.json"), None):
            raise RunError(str(path), "a folder of runs, and one of them is wanted",
                           f"`last --runs {path}` is the newest")
    return Run.open(path)


def _refuse_file(path: Path) -> None:
    """RunError where a path is that of a file: a config, or a part of a run."""
    if not os.path.isfile(path):
        return
    if path.name == "config.yaml" and os.path.exists(path.parent / "run.json") or path.suffix not in (".yaml", ".yml"):
        folder = next((folder for folder in path.parents[:2] if os.path.exists(folder / "run.json")), None)
        raise RunError(str(path), "a file, and a run is a folder",
                       f"it is a part of {folder}" if folder else "`dlcli runs` lists the runs")
    raise RunError(str(path), "a config, and a run is wanted",
                   f"`dlcli train {path}` makes one, and `last` then names it")


def _made(folder: Path) -> int:
    """When a run was made, in nanoseconds: its config is never written again."""
    try:
        return (folder / "config.yaml").stat().st_mtime_ns
    except OSError:
        return 0


def unfinished(run: "Run") -> str | None:
    """What to say of a run whose training did not come to its end: its weights are not those that it was made for."""
    said = {"created": "has not begun", "running": "is still being trained", "interrupted": "was interrupted",
            "crashed": "ended with a crash", "diverged": "diverged", "failed": "failed"}.get(run.status)
    if said is None:
        return None
    epoch = (run.journal.last("epoch") or {}).get("epoch")
    after = f" after epoch {epoch}" if isinstance(epoch, int) and said != "has not begun" else ""
    way = f": `dlcli resume {run.path}` goes on" if run.status in ("interrupted", "crashed") else ""
    return f"the run {said}{after}; these are not the weights of a finished training{way}"


def create(config: "Config", experiment: "Experiment", root: Path, lineage: "Lineage") -> "Run":
    """A run folder for an experiment, with all that run.json says from the start, and the rows that it and the runs
    before learn."""
    from dlcli.api._lineage import seen_of
    from dlcli.artifacts.environment import environment
    from dlcli.artifacts.lineage import FILE
    from dlcli.artifacts.run import Run
    from dlcli.engine.blas import single_thread

    data = experiment.data
    info = environment() | {
        "status": "running",
        "seed": experiment.seed,
        "shards": experiment.shards,
        "task": data.task,
        "loss": experiment.loss.kind,
        "positive": data.positive_label,
        "exactness": ["D0"] if single_thread()["threads"] > 1 else ["D0", "D1", "D2"],
        "config": str(config.path),
        "overrides": config.overrides,
        "folder": str(Path(config.path).parent.absolute()),
        "files": data.files,
        "rows": {name: len(split) for name, split in data.splits.items()},
        "started_from": [run["run"] for run in lineage.runs],
        "seen": seen_of(data, lineage),
    }
    return Run.create(root, experiment.name, config.text, experiment.values, info, {FILE: lineage.encode()})


def config_of(run: "Run") -> tuple["Config", Path]:
    """The config that a run was made with, and the folder that its relative paths start from."""
    from dlcli.config import from_values

    return from_values(run.resolved, str(run.path / "config.resolved.json")), Path(run.info.get("folder", "."))


def experiment_of(run: "Run") -> "Experiment":
    """The experiment of a run, with the data files and the positive class that it recorded."""
    from dlcli.artifacts.summary import positive_of
    from dlcli.config.build import experiment

    config, folder = config_of(run)
    built = experiment(config, folder, run.info.get("files", []))
    if built.data.positive is not None and (positive := positive_of(run)) in (built.data.labels or ()):
        built.data.positive = built.data.labels.index(positive)
    return built
