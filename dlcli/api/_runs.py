"""Run folders: made for an experiment, turned back into one."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlcli.artifacts.lineage import Lineage
    from dlcli.artifacts.run import Run
    from dlcli.config import Config
    from dlcli.training.experiment import Experiment


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


def written_values(run: "Run") -> dict | None:
    """What config.yaml says, with the changes that the run was made with; None if it is not known."""
    from dlcli.config import parse
    from dlcli.errors import DlcliError

    overrides, written = run.info.get("overrides"), run.info.get("config")
    if overrides is None:
        return None
    try:
        return parse(run.config_text, Path(written).name if isinstance(written, str) else "config.yaml",
                     overrides).values
    except DlcliError:
        return None


def experiment_of(run: "Run") -> "Experiment":
    """The experiment of a run, with the data files and the positive class that it recorded."""
    from dlcli.artifacts.summary import positive_of
    from dlcli.config.build import experiment

    config, folder = config_of(run)
    built = experiment(config, folder, run.info.get("files", []))
    if built.data.positive is not None and (positive := positive_of(run)) in (built.data.labels or ()):
        built.data.positive = built.data.labels.index(positive)
    return built
