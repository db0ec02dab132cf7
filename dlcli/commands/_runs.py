"""Run folders: found by name, made for an experiment, turned back into one."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.commands._output import listed
from dlcli.errors import RunError

if TYPE_CHECKING:
    from dlcli.artifacts.run import Run
    from dlcli.config import Config
    from dlcli.training.experiment import Experiment


def find(name: str, root: Path) -> "Run":
    """The run of a path, of a name below root, of a beginning that only one name has, or the newest for `last`."""
    from dlcli.artifacts.run import Run

    path = Path(name)
    if os.path.exists(path / "run.json") or os.sep in name.rstrip(os.sep):
        return Run.open(path)
    with suppress(OSError):
        found = [folder.parent for folder in root.glob("*/run.json")]
        if name == "last" and found:
            return Run.open(max(found, key=_made))
        beginning = [folder for folder in found if folder.name.startswith(name)]
        if len(beginning) == 1:
            return Run.open(beginning[0])
        if len(beginning) > 1 and not os.path.exists(root / name):
            newest = listed(sorted(folder.name for folder in beginning)[-3:])
            raise RunError(name, f"{len(beginning)} runs in {root} begin so", f"the newest are {newest}; `last` is the newest of all")
    if name == "last":
        raise RunError(str(root), "there are no runs", "`dlcli train CONFIG` makes one, --runs names another folder")
    return Run.open(path if os.path.exists(path) else root / name)


def _made(folder: Path) -> int:
    """When a run was made, in nanoseconds: its config is never written again."""
    try:
        return (folder / "config.yaml").stat().st_mtime_ns
    except OSError:
        return 0


def create(config: "Config", experiment: "Experiment", root: Path) -> "Run":
    """A run folder for an experiment, with all that run.json says from the start."""
    from dlcli.artifacts.environment import environment
    from dlcli.artifacts.run import Run
    from dlcli.engine.blas import single_thread

    data = experiment.data
    info = environment() | {
        "status": "running", "seed": experiment.seed, "shards": experiment.shards, "task": data.task, "loss": experiment.loss.kind,
        "positive": data.positive_label,
        "exactness": ["D0"] if single_thread()["threads"] > 1 else ["D0", "D1", "D2"],
        "config": str(config.path), "folder": str(Path(config.path).parent.absolute()), "files": data.files,
        "rows": {name: len(split) for name, split in data.splits.items()},
    }
    return Run.create(root, experiment.name, config.text, experiment.values, info)


def config_of(run: "Run") -> tuple["Config", Path]:
    """The config that a run was made with, and the folder that its relative paths start from."""
    from dlcli.config import from_values

    folder = run.info.get("folder", ".")
    if not isinstance(folder, str):
        raise RunError(f"{run.path / 'run.json'}: folder", "expected the path of the config's folder")
    return from_values(run.resolved, str(run.path / "config.resolved.json")), Path(folder)


def experiment_of(run: "Run") -> "Experiment":
    """The experiment of a run, with the data files and the positive class that it recorded."""
    from dlcli.artifacts.summary import positive_of
    from dlcli.config.build import experiment

    config, folder = config_of(run)
    built = experiment(config, folder, files_of(run))
    if built.data.positive is not None and (positive := positive_of(run)) in (built.data.labels or ()):
        built.data.positive = built.data.labels.index(positive)
    return built


def files_of(run: "Run") -> list[dict]:
    """The records of the data files that a run was trained on."""
    files = run.info.get("files", [])
    texts = ("written", "found")
    if not isinstance(files, list) or not all(isinstance(f, dict) and all(isinstance(f.get(k), str) for k in texts) and "sha256" in f
                                              for f in files):
        raise RunError(f"{run.path / 'run.json'}: files", "expected objects with written, found and sha256")
    return files
