"""Measuring a training while it runs."""

from bisect import bisect_left

import numpy as np

from dlcli.errors import NumericalError
from dlcli.health.measure import Probe, norm
from dlcli.health.record import Overflow, Record
from dlcli.training.interrupt import StopRequest
from dlcli.training.loop import Trainer
from dlcli.training.watcher import Watcher

MOMENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
"""Steps after which a state is measured, besides the last one watched."""


class Observer(Watcher):
    """Watches the steps of a trainer and fills a record: losses, update ratios, and snapshots at chosen moments.

    It reads the trainer's parameters and copies them; all that it computes happens in the probe's own network. The
    first state is measured before any update, so that a high learning rate is not blamed on the initialisation.
    """

    def __init__(self, probe: Probe, record: Record, steps: int):
        self.probe, self.record, self.steps = probe, record, steps
        self.stop = StopRequest()
        self.seen = 0
        self._before: dict[str, np.ndarray] = {}

    def start(self, trainer: Trainer) -> None:
        """Called again when the trainer has gone to another state."""
        self._remember(trainer)
        if not self.record.snapshots or self.record.last.step != trainer.progress.step:
            self.record.snapshots.append(self.probe.measure(self._before, trainer.progress.step))

    def step(self, trainer: Trainer) -> None:
        self.seen += 1
        self.record.losses.append(float(trainer.last[0]))
        ratios = self.compare(trainer)
        self.record.add(ratios)
        if trainer.progress.step == 1:
            self.record.first = ratios
        self._remember(trainer)
        if self.seen >= self.steps:
            self.stop.number = 0
        if self.seen >= self.steps or MOMENTS[bisect_left(MOMENTS, self.seen) % len(MOMENTS)] == self.seen:
            self.measure(trainer.progress.step)

    def measure(self, step: int) -> None:
        """A snapshot of the state after the last step, if there is none yet."""
        if self.record.last.step != step:
            self.record.snapshots.append(self.probe.measure(self._before, step))

    def overflowed(self, trainer: Trainer) -> None:
        """After a step that ended in numbers that are not finite: the state before it."""
        before = self.probe.measure(self._before, trainer.progress.step)
        self.record.overflow = Overflow(trainer.progress.step + 1, before)

    def finite(self) -> bool:
        """Whether all parameters are finite numbers after the last step."""
        return all(np.isfinite(array).all() for array in self._before.values())

    def _remember(self, trainer: Trainer) -> None:
        for name, array in trainer.network.parameters.arrays().items():
            kept = self._before.get(name)
            if kept is None:
                self._before[name] = array.copy()
            else:
                kept[...] = array

    def compare(self, trainer: Trainer) -> dict[str, float]:
        """|change| / |value| of each entry's parameters in the step just done."""
        parameters, ratios = trainer.network.parameters, {}
        for node in trainer.experiment.graph.nodes:
            if not node.layer.params or not node.trainable:
                continue
            now = {name: parameters.view(parameters.theta, f"{node.name}.{name}") for name in node.layer.params}
            size = norm(*(self._before[f"{node.name}.{name}"] for name in now))
            change = norm(*(array - self._before[f"{node.name}.{name}"] for name, array in now.items()))
            if size > 0 and np.isfinite(change):
                ratios[node.name] = change / size
        return ratios


def watch(trainer: Trainer, observer: Observer) -> None:
    """Train on until the observer has seen enough, the training is over, or numbers are no longer finite."""
    progress = trainer.progress
    try:
        with np.errstate(all="ignore"):
            while (
                progress.epoch < trainer.epochs and progress.stopped is None and observer.stop.number is None
            ):
                trainer.run_epoch(observer.stop)
    except NumericalError:
        observer.overflowed(trainer)
    else:
        if not observer.finite():       # the last step has spoiled the weights, and no other follows
            observer.overflowed(trainer)
        elif observer.seen:
            observer.measure(progress.step)
