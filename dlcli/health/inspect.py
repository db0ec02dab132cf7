"""What `dlcli inspect-gradients` does: measure, ask every check, and say it in one document."""

from copy import copy, deepcopy
from math import isfinite, nan
from statistics import median_low

import numpy as np

from dlcli.artifacts.run import Run
from dlcli.artifacts.summary import overview
from dlcli.engine.blas import single_thread
from dlcli.errors import DataError
from dlcli.health.causes import GAUGES
from dlcli.health.checks.time import has_failed
from dlcli.health.finding import rank
from dlcli.health.measure import Probe, Snapshot
from dlcli.health.observe import Observer, watch
from dlcli.health.over_time import Fade, SignalOverTime
from dlcli.health.record import Record
from dlcli.health.verdict import diagnose
from dlcli.training.experiment import Experiment
from dlcli.training.loop import Trainer

STEPS, FEWEST_STEPS = 30, 5
FLOPS = 1 << 40
"""Floating-point operations that the steps watched may take, some twenty seconds: of a large network fewer steps are
watched, down to 5."""
REPLAY = 2000
"""Steps that are done again at most to meet the step in which a run diverged."""


def inspect(experiment: Experiment, steps: int | None = None, fail_on: str = "error") -> dict:
    """The health of a network at initialisation and over its first steps, as a document (see docs/health.md).

    Trains a copy of its own with the real optimizer, schedule and batches; writes nothing. steps: 30 by default, fewer
    if they would take long. `fail_on`: "error" or "warning", the severity from which the verdict is "unhealthy" (then
    the command exits with `Exit.CHECK_FAILED`). DataError if the config has no rows to train on.
    """
    trainer, observer = _observed(experiment, steps or usual_steps(experiment))
    with trainer:
        watch(trainer, observer)
    return document(observer.record, fail_on)


def inspect_run(experiment: Experiment, run: Run, steps: int | None = None, fail_on: str = "error") -> dict:
    """The health of a run: its initialisation (exact, from the seed), its last checkpoint, and what its journal says of
    each epoch. The very first step and those after that checkpoint are done again on a copy (after the end of a
    training one step, for the size of its updates).

    A run that diverged is replayed, which gives the same bytes, up to the step in which it did.
    """
    trainer, observer = _observed(
        experiment, REPLAY if run.info.get("status") == "diverged" else steps or usual_steps(experiment)
    )
    record = observer.record
    record.epochs = run.journal.epochs()
    record.losses += [_known(epoch["train"].get("loss")) for epoch in record.epochs]
    record.norms += [_known(epoch["gradient_norm"]) for epoch in record.epochs]
    if run.status == "completed":
        metrics = overview(run)["metrics"].get("train", {})
        record.ended = {name: value for name, value in metrics.items() if value is not None}
    with trainer:
        if run.steps():
            record.first = one_more(trainer, observer)
            trainer.resume(run.load("last"))
            observer.start(trainer)
        if trainer.progress.epoch < trainer.epochs and trainer.progress.stopped is None:
            watch(trainer, observer)
        else:
            record.add(one_more(trainer, observer))
    if has_failed(record) and any(node.layer.memory == "plain" for node in experiment.graph.nodes):
        record.early = _first_steps(experiment)
    return document(record, fail_on)


def _first_steps(experiment: Experiment) -> Snapshot:
    """The state after the first steps of a training, done again."""
    trainer, observer = _observed(experiment, usual_steps(experiment))
    with trainer:
        watch(trainer, observer)
    return observer.record.last


def _known(value: float | None) -> float:
    """A value of the journal, if what is not finite is null."""
    return nan if value is None else value


def usual_steps(experiment: Experiment) -> int:
    """As many steps as are affordable. From the config alone: the same on every machine."""
    adversary = experiment.adversary()
    passes = 1 + (adversary.steps if adversary else 0)
    step = 3 * experiment.graph.flops() * experiment.batch_rows * experiment.training.accumulate * passes
    return max(FEWEST_STEPS, min(STEPS, FLOPS // max(1, step)))


def _observed(experiment: Experiment, steps: int) -> tuple[Trainer, Observer]:
    if not len(experiment.data.splits.get("train", ())):
        raise DataError(
            "data",
            "there are no rows to train on, so no gradients to inspect",
            "`dlcli check` looks at a config without data",
        )
    single_thread()         # as training does: a replay gives the same bytes
    experiment = copy(experiment)
    # they remember
    experiment.schedules, experiment.metrics = deepcopy(experiment.schedules), deepcopy(experiment.metrics)
    probe = Probe(experiment, GAUGES)
    record = Record(experiment, probe.structure, len(experiment.data.splits["train"]), probe.samples, probe.passes)
    observer = Observer(probe, record, steps)
    return Trainer(experiment, workers=1, form="serial", watchers=[observer]), observer


def one_more(trainer: Trainer, observer: Observer) -> dict[str, float]:
    """One step at the beginning of a training, or beyond its end, for its update ratios; nothing is measured after
    it."""
    p, network, train = trainer.progress, trainer.network, trainer.handles["train"]
    order, steps = trainer.batches.epoch(p.epoch)
    network.reorder(train, order)
    with np.errstate(all="ignore"):
        loss, norm, _ = network.step(train, steps[0], p.epoch, p.step, trainer.learning_rate())
    if not (isfinite(loss) and isfinite(norm)):
        observer.overflowed(trainer)
    return observer.compare(trainer)


def document(record: Record, fail_on: str) -> dict:
    """What `--json` prints. Numbers that are not finite are None."""
    findings, checks = diagnose(record)
    bad = any(rank(finding.severity) >= rank(fail_on) for finding in findings)
    return plain(
        {
            "verdict": "unhealthy" if bad else "healthy",
            "findings": [finding.document() for finding in findings],
            "layers": [row(record, name) for name in record.structure.nodes],
            "over_time": [cell for name in record.structure.nodes for cell in along_time(record, name)],
            "checks": checks,
        }
    )


def along_time(record: Record, name: str) -> list[dict]:
    """For each cell of a recurrent layer, how a signal fares on its way back through the steps: as measured last, and
    at the start. None stands for what is not finite."""
    first, last = (snapshot.layers[name].gauged.get(SignalOverTime.name) for snapshot in (record.start, record.last))
    if last is None:
        return []
    return [{"name": name, "cell": cell, **_told(fade), "start": _told(first.cells[cell])}
            for cell, fade in last.cells.items() if fade.steps]


def _told(fade: Fade) -> dict:
    return {"steps": fade.steps, "half_life": fade.half_life, "doubling": fade.doubling,
            "half_way": fade.half_way if fade.steps else None, "signal": fade.signal}


def row(record: Record, name: str) -> dict:
    """One line of the table of layers: the gradient's norm as the median of all states measured, the update ratio as
    the median of all steps, the rest as measured last."""
    gradients = [m.gradient for m in record.of(name) if m.gradient is not None]
    last = record.last.layers[name]
    return {
        "name": name,
        "kind": record.structure.kind(name),
        "gradient_norm": median_low(gradients) if gradients else None,
        "weight_norm": last.weight,
        "update_ratio": record.ratio(name),
        "dead": last.gauged.get("dead"),
        "saturated": last.gauged.get("saturated"),
    }


def plain(value):
    """The same with None for every number that JSON does not know."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
