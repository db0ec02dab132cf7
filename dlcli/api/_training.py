"""One training, with its run folder kept up to date, and the document of `train` and `resume`."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from math import isfinite
from typing import TYPE_CHECKING

from dlcli.api._experiment import idle_cores, joined_row, processes, settle
from dlcli.errors import ConfigError, DlcliError, Interrupted, NumericalError
from dlcli.notices import info, note, warn
from dlcli.text import count, listed, number, split_rows

if TYPE_CHECKING:
    from dlcli.artifacts.run import Run
    from dlcli.config import Config
    from dlcli.training.experiment import Experiment
    from dlcli.training.loop import Trainer
    from dlcli.training.warm_start import FirstWeights
    from dlcli.training.watcher import Watcher

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


def prepare(
    experiment: "Experiment", workers: int | None, parallel: str, config: "Config | None" = None
) -> "FirstWeights":
    """The network, before anything is written; what it cannot start from is an error at its place in the config."""
    from dlcli.engine.blas import single_thread
    from dlcli.training.footprint import enough_memory
    from dlcli.training.warm_start import first_weights

    single_thread()
    try:
        with enough_memory(experiment):
            return first_weights(experiment, processes(workers), parallel)
    except ConfigError as error:
        raise config.error_at(error.where, error.problem, error.hint) if config else error from None


def trainer_of(experiment: "Experiment", run: "Run", first: "FirstWeights", watchers: "Iterable[Watcher]") -> "Trainer":
    """A trainer that writes to the run, not started yet."""
    from dlcli.training.footprint import enough_memory
    from dlcli.training.loop import Trainer

    with enough_memory(experiment):
        return Trainer(experiment, run, watchers=list(watchers), first=first)


@contextmanager
def told(run: "Run", before: str = "created") -> Iterator[None]:
    """Around work on a run: what becomes of it stands in run.json, if the work fails. before: its status until now; one
    that was completed stays so."""
    try:
        yield
    except BaseException as error:
        with suppress(DlcliError, OSError):
            run.update(status=before if before == "completed" else _status(error))
        raise


def _status(error: BaseException) -> str:
    """Of a run that ended so."""
    kinds = {NumericalError: "diverged", KeyboardInterrupt: "interrupted"}
    return next((status for kind, status in kinds.items() if isinstance(error, kind)), "failed")


def finish(
    trainer: "Trainer", workers: int | None, warnings: list[dict] | None = None, before: str = "created"
) -> dict:
    """Train, from where the trainer stands to the end, and bring run.json up to date; returns the document. Its run
    must be locked. warnings: those about the config, as documents. before: the run's status until now: one that was
    completed stays so, whatever becomes of going on. Interrupted if a signal ended it."""
    run = trainer.run
    _written.append(run)
    try:
        with told(run, before):
            document = _finish(trainer, run, workers, warnings or [])
    except BaseException as error:
        trainer.end(_status(error))         # the first save comes before the loop, which else would do it
        if isinstance(error, DlcliError):
            note(f"The run is kept in {run.path}")
        elif isinstance(error, KeyboardInterrupt):
            note("")
            note("Interrupted at once. From its last checkpoint it goes on with")
            note(f"  dlcli resume {run.path}")
        raise
    finally:
        _written.remove(run)
        trainer.close()
        for text in run.warnings:
            warn(text)
    if document["status"] == "interrupted":
        raise Interrupted(document)
    return document


def _finish(trainer: "Trainer", run: "Run", workers: int | None, warnings: list[dict]) -> dict:
    from dlcli.training.footprint import enough_memory
    from dlcli.training.loop import not_finite

    run.journal.cut(trainer.progress.step)
    announce(trainer, workers)
    settle()
    with enough_memory(trainer.experiment):
        trainer.start()
        if not trainer.progress.step:
            trainer.save()          # whether the run can be saved shows now, not in an hour
        status = trainer.train()
    document = summary(run, trainer, status) | {"warnings": warnings}
    if not isfinite(document["metrics"].get("train", {}).get("loss", 0.0)):
        raise not_finite(trainer, "the loss of all training rows", counted=True)
    run.update(**{key: value for key, value in document.items() if key != "run"})
    return document | {"remarks": remarks(document, trainer, run.journal.last("epoch"))} | _course(trainer)


def announce(trainer: "Trainer", workers: int | None) -> None:
    """What is about to be trained, before the first step."""
    from dlcli.terminal.metrics import OF_POSITIVE
    from dlcli.terminal.progress import finished

    e = trainer.experiment
    info(f"{e.name}: {count(trainer.network.parameters.size, 'parameter')}, {split_rows(e.data.rows)}")
    names = [metric.kind for metric in e.metrics if metric.kind in OF_POSITIVE]
    if names and e.data.positive_label is not None:
        info(f"{listed(names)} {'is that' if len(names) == 1 else 'are those'} of class {e.data.positive_label}")
    for what, names in (trainer.taken or {}).items():
        if names:
            info(f"init_from: {len(names)} arrays {TAKEN[what]}: {listed(names)}")
    for said in filter(None, (joined_row(e), idle_cores(e, workers))):
        info(said)
    if finished(trainer):
        info(f"complete already, after epoch {trainer.progress.epoch}: nothing is trained")
    elif trainer.progress.step:
        info(f"going on after epoch {trainer.progress.epoch}, step {trainer.progress.step:,}")


def summary(run: "Run", trainer: "Trainer", status: str) -> dict:
    """What run.json says of a training that ended. Metrics are recomputed in evaluation mode with the final weights; {}
    if training was interrupted, since whoever did that does not want to wait for a pass over all rows."""
    import numpy as np

    from dlcli.storage.machine import peak_memory
    from dlcli.training.scores import evaluate, weights_sha256

    p, network = trainer.progress, trainer.network
    for handle in network.handles:      # each row once, and in an order that no epoch has shuffled
        network.reorder(handle, np.arange(len(handle.order)))
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
            name: evaluate(network, handle, trainer.scores)
            for name, handle in trainer.handles.items()
            if status == "completed"
        },
        "seen": run.info.get("seen", {}),
        "memory_bytes": peak_memory(),
    }


def _course(trainer: "Trainer") -> dict:
    """How the training went. rows: of each split. stopped: why it ended early, or None. best: the best epoch by the
    monitored value, or None; restored: whether its weights are the final ones. signal: number of the signal that ended
    it, or None."""
    p, stop = trainer.progress, trainer.settings.early_stop
    restored = trainer.signal is None and stop is not None and stop.restore_best
    best = {"metric": trainer.best.monitor, "epoch": p.best.epoch, "value": p.best.value, "restored": restored} if (
        p.best and trainer.best.keeps) else None
    return {"rows": trainer.experiment.data.rows, "stopped": p.stopped, "best": best, "signal": trainer.signal}


def remarks(document: dict, trainer: "Trainer", last: dict | None) -> list[str]:
    """What a teacher would warn of at a glance at the curves. last: the journal's record of the last epoch."""
    from dlcli.training import constant
    from dlcli.training.overfitting import turned

    e, metrics = trainer.experiment, document["metrics"]
    stop, found = trainer.settings.early_stop, []
    if last is None or document["status"] != "completed":
        return found
    if stop is not None and stop.mistakes is not None and last.get("mistakes", 0) > stop.mistakes:
        found.append(
            f"Not learned: the last epoch still made {count(last['mistakes'], 'mistake')} in "
            f"{count(trainer.rows, 'row')}, and "
            f"the goal was {stop.mistakes}. As far as this training can tell, no such network separates the classes"
            + ("." if hidden(trainer) else ": with a single layer, they are not linearly separable.")
        )
    elif constant.learned_nothing(metrics["train"], e):
        found.append("Nothing learned: on its own training rows the network is no better than a constant answer. "
                     f"`dlcli inspect-gradients {document['run']}` looks for the cause.")
    if "validation" in metrics and (worse := constant.worse(metrics["validation"], constant.baseline(e, "validation"))):
        said = constant.sentence(worse, e.data.task, number)
        found.append(f"Worse than the baseline on the validation rows: {said}.")
    by_loss = stop is None and trainer.best.monitor == "validation.loss"
    if by_loss and (turn := turned(trainer.run.journal.read("epoch"))):
        found.append(f"Overfitting: the validation loss was lowest in epoch {turn.epoch} ({number(turn.least)}) and "
                     f"rose to {number(turn.last)}; "
                     "'training.early_stop={patience: 5}', dropout or weight_decay would help.")
    return found


def hidden(trainer: "Trainer") -> bool:
    """Whether there is more than one layer with parameters."""
    return sum(bool(node.layer.params) for node in trainer.experiment.graph.nodes) > 1
