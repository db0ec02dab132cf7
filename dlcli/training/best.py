"""Which epoch is the best, what becomes of its weights, and whether training ends early."""

import math
from collections.abc import Callable

import numpy as np

from dlcli.engine.parameters import Parameters
from dlcli.training.experiment import Experiment
from dlcli.training.progress import Best, Progress

PATIENCE = 10
"""Epochs without improvement before training ends, if `early_stop` does not say."""


class BestEpoch:
    """Goes by the monitored value of each epoch.

    monitor: `<split>.<metric>` or `<split>.loss`. better: which values are, "min" or "max". keeps: whether the best
    epoch's weights are kept, as a monitor or early stopping asks for. arrays: these, parameters and buffers by name,
    and name: the file name of their checkpoint; None as long as there is none.
    """

    def __init__(self, experiment: Experiment, parameters: Parameters):
        settings, data = experiment.training, experiment.data
        split = "validation" if "validation" in data.splits else "train"
        self.monitor = settings.monitor or f"{split}.{experiment.loss.monitored}"
        self._split, _, self._metric = self.monitor.partition(".")
        metrics = {metric.kind: metric for metric in experiment.metrics}
        self.better = "min" if self._metric == "loss" else metrics[self._metric].better
        self.keeps = settings.monitor is not None or settings.early_stop is not None
        self.arrays: dict[str, np.ndarray] | None = None
        self.name: str | None = None
        self._stop, self._epochs, self._parameters = settings.early_stop, experiment.epochs, parameters
        self._answers = len(data.splits["train"]) * math.prod(data.target)

    @property
    def evaluates_again(self) -> bool:
        """Whether the training split is evaluated after each epoch: the running values are of weights that changed
        meanwhile, and those that are kept, and may be put back, are what counts."""
        return self._split == "train" and self.keeps

    def value(self, record: dict) -> float:
        """The monitored value of an epoch's record."""
        return record.get(f"{self._split}_evaluated", record[self._split])[self._metric]

    def few_mistakes(self, record: dict, evaluated: Callable[[], dict]) -> bool:
        """Whether the epoch made few enough mistakes to end here, and the weights that it ended with make no more.
        Writes their number down. evaluated: gives what the training split comes to with these weights."""
        if self._stop is None or self._stop.mistakes is None:
            return False
        record["mistakes"] = self._mistakes(record["train"])
        # each row was answered before later rows changed the weights: evaluate again
        if record["mistakes"] <= self._stop.mistakes:
            record["mistakes"] = self._mistakes(record.get("train_evaluated") or evaluated())
        return record["mistakes"] <= self._stop.mistakes

    def _mistakes(self, scores: dict) -> int:
        return round((1 - scores["accuracy"]) * self._answers)

    def consider(self, progress: Progress, value: float, learned: bool = False) -> bool:
        """Whether the running epoch is the best so far; if so its weights are remembered. learned: it is, whatever the
        value."""
        p, least = progress, self._stop.min_delta if self._stop else 0.0
        gain = (p.best.value - value) * (1 if self.better == "min" else -1) if p.best else math.inf
        if not math.isfinite(value) or not (learned or gain > least):
            p.stale += 1
            return False
        p.stale = 0
        p.best = Best(value, p.epoch + 1, p.step)
        if self.keeps:
            self.arrays = {name: array.copy() for name, array in self._parameters.arrays().items()}
            self.name = None
        return True

    def stopped(self, progress: Progress, record: dict, learned: bool) -> str | None:
        """After an epoch: why training ends early, or None if it goes on."""
        stop = self._stop
        if stop is None:
            return None
        if learned:
            return f"{record['mistakes']} mistakes in epoch {progress.epoch}"
        patience = stop.patience or (PATIENCE if stop.mistakes is None else math.inf)
        if progress.stale >= patience and progress.epoch < self._epochs:
            return f"no better {self.monitor} for {patience} epochs"
        return None

    def restore(self) -> None:
        """At the end: put the best weights back, if early stopping says so."""
        if self._stop is not None and self._stop.restore_best and self.arrays is not None:
            self._parameters.load(self.arrays)
