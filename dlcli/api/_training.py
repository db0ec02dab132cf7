"""One training under its display, with its run folder kept up to date."""

import os
from contextlib import suppress
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from dlcli.api._experiment import Options, idle_cores, joined_row, settle
from dlcli.errors import ConfigError, DlcliError, NumericalError
from dlcli.terminal.metrics import OF_POSITIVE
from dlcli.terminal.screen import count, listed, split_rows, warn
from dlcli.training.footprint import enough_memory

if TYPE_CHECKING:
    from dlcli.artifacts.run import Run
    from dlcli.config import Config
    from dlcli.training.experiment import Experiment
    from dlcli.training.loop import Trainer

TAKEN = {
    "taken": "taken over",
    "missing": "left as initialised, since the run does not have them",
    "extra": "of the run not needed",
}
"""What became of parameters that `init_from` named."""
_written: list["Run"] = []
"""Runs that this process writes to. A forked child closes their locks, which else would outlive the process."""


def _close_locks() -> None:
    for run in _written:
        for descriptor in run.descriptors():
            os.close(descriptor)
    _written.clear()


os.register_at_fork(after_in_child=_close_locks)


class Outcome(NamedTuple):
    """A training that ended. document: what `--json` prints. signal: number of the signal that ended it, or None.
    last: the last epoch's record, or None. trainer: its state; the workers are gone."""

    document: dict
    signal: int | None
    last: dict | None
    trainer: "Trainer"


def prepare(experiment: "Experiment", options: Options, config: "Config | None" = None) -> "Trainer":
    """A trainer that is not started yet; what it cannot start from is an error at its place in the config."""
    from dlcli.engine.blas import single_thread
    from dlcli.terminal.progress import display
    from dlcli.training.loop import Trainer

    single_thread()
    try:
        with enough_memory(experiment):
            return Trainer(experiment, None, options.count, options.parallel, display(options.quiet))
    except ConfigError as error:
        raise config.error_at(error.where, error.problem, error.hint) if config else error from None


def train(trainer: "Trainer", run: "Run", options: Options, warnings: list[dict] | None = None) -> Outcome:
    """Train, from where the trainer stands to the end, and bring run.json up to date. The run must be locked. warnings:
    those about the config, as documents."""
    from dlcli.training.loop import not_finite

    trainer.run = run
    _written.append(run)
    try:
        run.journal.cut(trainer.progress.step)
        announce(trainer, options)
        settle()
        with enough_memory(trainer.experiment):
            trainer.start()
            if not trainer.progress.step:
                trainer.save()          # whether the run can be saved shows now, not in an hour
            status = trainer.train()
        document = summary(run, trainer, status) | {"warnings": warnings or []}
        if not isfinite(document["metrics"].get("train", {}).get("loss", 0.0)):
            raise not_finite(trainer, "the loss of all training rows", ahead=0)
        run.update(**{key: value for key, value in document.items() if key != "run"})
        return Outcome(document, trainer.signal, run.journal.last("epoch"), trainer)
    except BaseException as error:
        status = (
            "diverged"
            if isinstance(error, NumericalError)
            else "interrupted"
            if isinstance(error, KeyboardInterrupt)
            else "failed"
        )
        for watcher in trainer.watchers:        # the first save comes before the loop, which else would do it
            watcher.end(trainer, status)
        with suppress(DlcliError, OSError):
            run.update(status=status)
        if isinstance(error, DlcliError):
            warn(f"The run is kept in {run.path}")
        elif isinstance(error, KeyboardInterrupt):
            warn("", "Interrupted at once. From its last checkpoint it goes on with", f"  dlcli resume {run.path}")
        raise
    finally:
        _written.remove(run)
        trainer.close()
        for text in run.warnings:
            warn(f"warning: {text}")


def announce(trainer: "Trainer", options: Options) -> None:
    """What is about to be trained, before the first step."""
    from dlcli.terminal.progress import finished

    if options.quiet:
        return
    e = trainer.experiment
    warn(f"{e.name}: {count(trainer.network.parameters.size, 'parameter')}, {split_rows(e.data.rows)}")
    names = [metric.kind for metric in e.metrics if metric.kind in OF_POSITIVE]
    if names and e.data.positive_label is not None:
        warn(f"{listed(names)} {'is that' if len(names) == 1 else 'are those'} of class {e.data.positive_label}")
    for what, names in (trainer.taken or {}).items():
        if names:
            warn(f"init_from: {len(names)} arrays {TAKEN[what]}: {listed(names)}")
    for note in filter(None, (joined_row(e), idle_cores(e, options.workers))):
        warn(note)
    if finished(trainer):
        warn(f"complete already, after epoch {trainer.progress.epoch}: nothing is trained")
    elif trainer.progress.step:
        warn(f"going on after epoch {trainer.progress.epoch}, step {trainer.progress.step:,}")


def summary(run: "Run", trainer: "Trainer", status: str) -> dict:
    """The document of `train` and `resume`: metrics are recomputed in evaluation mode with the final weights; {} where
    training was interrupted, since whoever did that does not want to wait for a pass over all rows."""
    import numpy as np

    from dlcli.storage.machine import peak_memory
    from dlcli.training.scores import evaluate, weights_sha256

    p, network = trainer.progress, trainer.network
    for feed in network.feeds:          # each row once, and in an order that no epoch has shuffled
        feed.order[...] = np.arange(len(feed.order))
    return {
        "run": str(run.path),
        "status": status,
        "seconds": round(p.seconds, 3),
        "epochs": p.epoch,
        "steps": p.step,
        "parameters": network.parameters.size,
        "weights_sha256": weights_sha256(network),
        "positive": trainer.experiment.data.positive_label,
        "metrics": {
            name: evaluate(network, feed, trainer.scores)
            for name, feed in trainer.feeds.items()
            if status == "completed"
        },
        "seen": run.info.get("seen", {}),
        "memory_bytes": peak_memory(),
    }
