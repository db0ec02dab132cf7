"""What the commands that train have in common: run folders found and opened, one training under its display."""

import gc
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlcli.commands._output import listed, number, prose, warn
from dlcli.errors import DlcliError, NumericalError, RunError

if TYPE_CHECKING:
    from dlcli.artifacts.run import Run
    from dlcli.training.experiment import Experiment
    from dlcli.training.loop import Trainer


TAKEN = {"taken": "taken over", "missing": "left as initialised, since the run does not have them", "extra": "of the run not needed"}
"""What became of parameters that `init_from` named."""


class Options(NamedTuple):
    """How to work, and what to show: nothing here changes a result."""

    workers: int | None = None
    parallel: str = "fork"
    quiet: bool = False

    @property
    def count(self) -> int:
        return self.workers or cores()


class Outcome(NamedTuple):
    """A training that ended. document: what `--json` prints. signal: number of the signal that ended it, or None.
    last: the last epoch's record, or None. trainer: its state; the workers are gone."""

    document: dict
    signal: int | None
    last: dict | None
    trainer: "Trainer"


def settle() -> None:
    """After the start, before the work: collect garbage again, but never among what is there to stay."""
    gc.freeze()
    gc.enable()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find_run(name: str, root: Path) -> "Run":
    """The run of a path, of a name below root, of a beginning that only one name has, or the newest for `last`."""
    from dlcli.artifacts.run import Run

    path = Path(name)
    if (path / "run.json").exists() or os.sep in name.rstrip(os.sep):
        return Run.open(path)
    with suppress(OSError):
        found = [folder.parent for folder in root.glob("*/run.json")]
        if name == "last" and found:
            return Run.open(max(found, key=lambda folder: (folder / "config.yaml").stat().st_mtime_ns))
        beginning = [folder for folder in found if folder.name.startswith(name)]
        if len(beginning) == 1:
            return Run.open(beginning[0])
        if len(beginning) > 1 and not (root / name).exists():
            newest = listed(sorted(folder.name for folder in beginning)[-3:])
            raise RunError(name, f"{len(beginning)} runs in {root} begin so", f"the newest are {newest}; `last` is the newest of all")
    if name == "last":
        raise RunError(str(root), "there are no runs", "`dlcli train CONFIG` makes one, --runs names another folder")
    return Run.open(path if path.exists() else root / name)


def load(config: Path, overrides: list[str] | None) -> "Experiment":
    """The experiment of a config file, with its data."""
    from dlcli.config import load
    from dlcli.config.build import experiment

    settings = load(config, overrides or [])
    for warning in settings.warnings:
        warn(f"warning: {warning}")
    return settings, experiment(settings)


def config_of(run: "Run"):
    """The config that a run was made with, and the folder that its relative paths start from."""
    from dlcli.config import from_values

    return from_values(run.resolved, str(run.path / "config.resolved.json")), Path(run.info.get("folder") or ".")


def experiment_of(run: "Run") -> "Experiment":
    """The experiment of a run, with the data files that it recorded."""
    from dlcli.config.build import experiment

    config, folder = config_of(run)
    return experiment(config, folder, run.info.get("files"))


def create_run(config, experiment: "Experiment", root: Path) -> "Run":
    """A run folder for an experiment, with all that run.json says from the start."""
    from dlcli.artifacts.environment import environment
    from dlcli.artifacts.run import Run
    from dlcli.engine.blas import single_thread

    data = experiment.data
    exact = ["D0"] if single_thread()["threads"] > 1 else ["D0", "D1", "D2"]
    info = environment() | {
        "status": "running", "seed": experiment.seed, "shards": experiment.shards, "exactness": exact, "task": data.task,
        "config": str(config.path), "folder": str(Path(config.path).parent.absolute()), "files": data.files,
        "rows": {name: len(split) for name, split in data.splits.items()}, "loss": experiment.loss.kind,
    }
    return Run.create(root, experiment.name, config.text, experiment.values, info)


def run_training(run: "Run", experiment: "Experiment", options: Options, go_on: bool = False) -> Outcome:
    """Train, from the start or (`go_on`) from the run's last checkpoint, and bring run.json up to date. The run must be locked."""
    from dlcli.commands._progress import display
    from dlcli.engine.blas import single_thread
    from dlcli.training.loop import Trainer
    from dlcli.training.watcher import Watcher

    class Last(Watcher):
        record = None

        def epoch(self, trainer, record):
            self.record = record

    single_thread()
    last = Last()
    trainer = Trainer(experiment, run, options.count, options.parallel, [*display(options.quiet), last])
    try:
        if not (go_on and _restore(run, trainer)):
            run.journal.cut(0)
        announce(trainer, options)
        settle()
        trainer.start()
        if not trainer.progress.step:
            trainer.save()          # whether the run can be saved shows now, not in an hour
        status = trainer.train()
        document = summary(run, trainer, status)
        run.update(**{key: value for key, value in document.items() if key != "run"})
        return Outcome(document, trainer.signal, last.record or run.journal.last("epoch"), trainer)
    except BaseException as error:
        status = {NumericalError: "diverged", KeyboardInterrupt: "interrupted"}.get(type(error), "failed")
        with suppress(DlcliError, OSError):
            run.update(status=status)
        if isinstance(error, DlcliError):
            warn(f"The run is kept in {run.path}")
        raise
    finally:
        trainer.close()
        for text in run.warnings:
            warn(f"warning: {text}")


def _restore(run: "Run", trainer: "Trainer") -> bool:
    """Put the last checkpoint back. False where there is none yet: the run then begins anew, with the same bytes."""
    checkpoint = run.checkpoints.latest()
    if checkpoint is None:
        return False
    best = checkpoint.state.get("best")
    trainer.resume(checkpoint, run.load(best) if best else None)
    run.journal.cut(trainer.progress.step)
    return True


def announce(trainer: "Trainer", options: Options) -> None:
    """What is about to be trained, before the first step."""
    if options.quiet:
        return
    e = trainer.experiment
    rows = ", ".join(f"{len(split):,} {name}" for name, split in e.data.splits.items())
    warn(f"{e.name}: {number(trainer.network.parameters.size)} parameters, {rows} rows")
    if trainer.taken is not None:
        for what, names in trainer.taken.items():
            if names:
                prose(f"init_from: {len(names)} arrays {TAKEN[what]}: {listed(names)}")
    if note := idle_cores(e, options.count):
        prose(note)
    if trainer.progress.step:
        warn(f"going on after epoch {trainer.progress.epoch}, step {trainer.progress.step:,}")


def idle_cores(experiment: "Experiment", count: int) -> str | None:
    """What to say where there are more cores than shards."""
    k = experiment.shards
    if count <= k:
        return None
    why = ", which is fastest for steps this small" if experiment.training.shards == "auto" and k == 1 else ""
    return f"{k} of {count} cores used, one per shard{why}; training.shards={count} would use all of them (with other bytes)"


def summary(run: "Run", trainer: "Trainer", status: str) -> dict:
    """The document of `train` and `resume`: metrics are recomputed in evaluation mode with the final weights."""
    from dlcli.training.evaluation import evaluate, weights_sha256

    p, network = trainer.progress, trainer.network
    return {"run": str(run.path), "status": status, "seconds": round(p.seconds, 3), "epochs": p.epoch, "steps": p.step,
            "parameters": network.parameters.size, "weights_sha256": weights_sha256(network),
            "metrics": {name: evaluate(network, feed, trainer.scores) for name, feed in trainer.feeds.items()}}
