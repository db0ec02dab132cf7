"""The only training loop."""

import math
import time
from collections.abc import Iterator
from copy import copy

import numpy as np

from dlcli.artifacts.run import Run
from dlcli.data.epoch_order import EpochOrder
from dlcli.data.fitted import target_unscaler
from dlcli.engine.batches import Batch
from dlcli.errors import NumericalError, RunError
from dlcli.training.best import BestEpoch
from dlcli.training.experiment import Experiment
from dlcli.training.interrupt import Stopped, StopRequest
from dlcli.training.progress import Progress
from dlcli.training.saver import Saver
from dlcli.training.scores import Scores, evaluate
from dlcli.training.state import fitting, restore
from dlcli.training.warm_start import FirstWeights, first_weights
from dlcli.training.watcher import Watcher


class Trainer:
    """Trains an experiment, from the start or from a checkpoint, and keeps its run folder up to date.

    run: where it is written to, or None to leave nothing on the disk. workers, form: they change the speed, never the
    result. first: the network, if it has been made already; the workers are then its own. `with trainer:` starts them,
    and ends them.

    The same config and seed give the same weights, byte for byte, interrupted or not.
    """

    def __init__(self, experiment: Experiment, run: Run | None = None, workers: int = 1, form: str = "fork",
                 watchers: list[Watcher] = (), first: FirstWeights | None = None):
        self.experiment, self.run, self.watchers = experiment, run, list(watchers)
        self.progress, self._ended = Progress(), False
        self.last = (math.nan, math.nan, experiment.optimizer.learning_rate)
        e, splits = experiment, experiment.data.splits
        self.settings = e.training
        self.network, self.taken = first or first_weights(e, workers, form)
        self.handles = {name: self.network.add(splits[name]) for name in ("train", "validation") if name in splits}
        self.batches = EpochOrder(splits["train"], e.batching, e.seed, self.settings.shuffle, e.sampling)
        self.rows = len(splits["train"])
        self.span, self.epochs = e.span, e.epochs
        self.steps_per_epoch = self.span.steps_per_epoch
        unscale = target_unscaler(e.data.fitted)
        # those of the epoch, and others, so that a validation in between does not touch what the epoch has gathered
        self.scores, self._others = (
            Scores(self.network, {m.kind: m for m in metrics}, e.data.target, e.data.positive, unscale)
            for metrics in (e.metrics, map(copy, e.metrics))
        )
        self.best = BestEpoch(e, self.network.parameters)
        self._saver = Saver(run, self.settings.checkpoint, e.data.state()) if run is not None else None

    def start(self) -> None:
        """Start the workers: from here on nothing may be added."""
        self.network.start()
        self._clock = time.monotonic()
        if self._saver:
            self._saver.start()
        for watcher in self.watchers:
            watcher.start(self)

    def close(self) -> None:
        self.network.close()

    def __enter__(self) -> "Trainer":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def resume(self, checkpoint, best=None) -> None:
        """Go on from a checkpoint; `best` is that of the best epoch, if there is one. RunError if it is of another
        network."""
        try:
            restore(self, checkpoint)
            self.progress = p = Progress.of(checkpoint.state["progress"])
            between = p.position in self._positions()
            if p.step != checkpoint.state["step"] or p.epoch > self.epochs or not between:
                raise ValueError(f"epoch {p.epoch}, step {p.step} and position {p.position} cannot be")
            for schedule, state in zip(self.experiment.schedules, p.schedules, strict=True):
                schedule.load(state)
            self.best.name = checkpoint.state["best"]
            if best is not None:
                self.best.arrays = fitting(best, "model", self.network.parameters.arrays())
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            problem = str(error) if isinstance(error, ValueError) else repr(error)
            raise RunError("checkpoint", f"does not fit this run's config: {problem}",
                           "it was changed, or belongs to another run") from None
        if self.at_epoch_end:       # stopped during the validation: only the end of the epoch is missing
            self.last = (math.nan, math.nan, self.learning_rate(p.step - 1))
            if self._saver:
                self._saver.resumed_in_validation(p)

    def train(self) -> str:
        """Run to the end. Returns "completed" or "interrupted" (`signal` then says by what). NumericalError if the
        loss or the gradient is no longer finite: the last checkpoint is from before."""
        status, self.signal = "failed", None
        try:
            # what is not finite is found by the check of each step
            with StopRequest() as request, np.errstate(all="ignore"):
                while self.progress.epoch < self.epochs and self.progress.stopped is None:
                    if not self.run_epoch(request):
                        self.signal, status = request.number, "interrupted"
                        self.save()
                        return status
            self.best.restore()
            if not all(np.isfinite(a).all() for a in self.network.parameters.arrays().values()):
                raise not_finite(self, "a weight", counted=True)      # by the last step, which no other follows
            self.save()
            status = "completed"
            return status
        except NumericalError:
            status = "diverged"
            raise
        finally:
            self.end(status)

    def end(self, status: str) -> None:
        """Tell those who look on, once."""
        ended, self._ended = self._ended, True
        for watcher in () if ended else self.watchers:
            watcher.end(self, status)

    def learning_rate(self, step: int | None = None) -> float:
        """Of a step counted from 0; by default of the one that comes next."""
        rate, step = self.experiment.optimizer.learning_rate, self.progress.step if step is None else step
        for schedule in self.experiment.schedules:
            rate *= schedule.factor(step, self.span)
        return rate

    @property
    def at_epoch_end(self) -> bool:
        """Whether all steps of the running epoch are done."""
        p, settings = self.progress, self.settings
        if settings.steps is not None and p.step == self.span.total_steps and p.steps:
            return True
        return p.steps == settings.validate_every if settings.validate_every else p.position == self.rows

    def _positions(self) -> set[int]:
        """Rows of the running pass after which a step begins, or the pass ends."""
        return {self.rows, *(batches[0].start for batches in self.batches.epoch(self.progress.passes).steps)}

    def _steps(self) -> Iterator[list[Batch]]:
        """The batches of each step from where training stands, pass after pass."""
        p = self.progress
        while True:
            if p.position == self.rows:
                p.passes += 1
                p.position = 0
            order, steps = self.batches.epoch(p.passes)
            self.network.reorder(self.handles["train"], order)
            yield from [batches for batches in steps if batches[0].start >= p.position]

    def run_epoch(self, request: StopRequest) -> bool:
        """One epoch, or the rest of one. False if a signal ended it."""
        p, network, train = self.progress, self.network, self.handles["train"]
        if p.steps == 0:
            p.begin_epoch()
            self.scores.start()
        if self.at_epoch_end:       # only the validation is missing, which may read the training rows
            network.reorder(train, self.batches.epoch(p.passes).order)
        each, watchers, steps = self.scores.add, self.watchers, self._steps()
        while not self.at_epoch_end:
            if request.number is not None:
                return False
            batches, rate = next(steps), self.learning_rate()
            loss, norm, weight = network.step(train, batches, p.passes, p.step, rate, each)
            self.last = loss, norm, rate
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise not_finite(self, "the gradient" if math.isfinite(loss) else "the loss")
            p.position = batches[-1].start + batches[-1].rows
            p.step += 1
            p.steps += 1
            p.rows += sum([batch.rows for batch in batches])
            p.loss_sum += loss * weight
            p.weight += weight
            p.norm_sum += norm
            for watcher in watchers:
                watcher.step(self)
            if not self.at_epoch_end:
                self._save_if_due()
        try:
            self._end_epoch(request)
        except Stopped:
            return False
        self._save_if_due()     # only now: a checkpoint of the last step stands behind the epoch's line in the journal
        return True

    def _end_epoch(self, request: StopRequest) -> None:
        """Validate, compare with the best epoch, write down. Raises Stopped while it evaluates, before anything has
        changed."""
        p, best = self.progress, self.best

        def evaluated(split: str = "train") -> dict[str, float]:
            return evaluate(self.network, self.handles[split], self._others, request)

        record = {"kind": "epoch", "epoch": p.epoch + 1, "step": p.step, "learning_rate": self.last[2],
                  "gradient_norm": p.norm_sum / p.steps, "train": {"loss": p.loss} | self.scores.results()}
        if "validation" in self.handles:
            record["validation"] = evaluated("validation")
        if best.evaluates_again:
            record["train_evaluated"] = evaluated()
        value, learned = best.value(record), best.few_mistakes(record, evaluated)
        record["best"] = best.consider(p, value, learned) and best.keeps
        for schedule in self.experiment.schedules:
            schedule.observe(value, best.better)
        p.epoch += 1
        p.steps = 0
        if p.position == self.rows:
            p.passes += 1
            p.position = 0
        p.stopped = best.stopped(p, record, learned)
        record["seconds"] = p.seconds + time.monotonic() - self._clock
        if self._saver:
            self._saver.record(record)
        for watcher in self.watchers:
            watcher.epoch(self, record)

    def _save_if_due(self) -> None:
        if self._saver and self._saver.due(self.progress.step):
            self.save()

    def save(self) -> None:
        """Write a checkpoint now, if there is a run folder."""
        p, now = self.progress, time.monotonic()
        p.seconds += now - self._clock
        self._clock = now
        if not self._saver:
            return
        p.schedules = [schedule.state() for schedule in self.experiment.schedules]
        self._saver.save(self)
        for watcher in self.watchers:
            watcher.saved(self, f"step {p.step}")


def not_finite(trainer: Trainer, what: str, counted: bool = False) -> NumericalError:
    """The error that names epoch and step. counted: whether progress has counted the step in which it happened."""
    ahead = 0 if counted else 1
    p, (loss, _, rate) = trainer.progress, trainer.last
    lower = "a lower learning rate"
    if rate > trainer.experiment.optimizer.learning_rate:
        lower += " (it is `schedule` that makes it so large)"
    problem = f"{what} is no longer a finite number (loss {loss:.4g}, learning rate {rate:.4g})"
    cures = f"{lower} or `training.clip_norm` are the usual cures"
    hint = trainer.experiment.loss.infinite if loss == math.inf else None
    hint = hint or f"run `dlcli inspect-gradients` on this config; {cures}"
    return NumericalError(f"epoch {p.epoch + ahead}, step {p.step + ahead}", problem, hint)
