"""The only training loop."""

import math
import time
from copy import copy

import numpy as np

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.data.epoch_order import EpochOrder
from dlcli.data.load import target_unscaler
from dlcli.errors import NumericalError, RunError
from dlcli.training import saving
from dlcli.training.experiment import Experiment
from dlcli.training.interrupt import Stopped, StopRequest
from dlcli.training.progress import Best, Progress
from dlcli.training.scores import Scores, evaluate
from dlcli.training.warm_start import start_from
from dlcli.training.watcher import Watcher

PATIENCE = 10
"""Epochs without improvement before training ends, where `early_stop` does not say."""


class Trainer:
    """Trains an experiment, from the start or from a checkpoint, and keeps its run folder up to date.

    run: a `dlcli.artifacts.run.Run`, or None to leave nothing on the disk. `workers` and `form` change the speed, never
    the result. The same config and seed give the same weights, byte for byte, interrupted or not.
    """

    def __init__(
        self, experiment: Experiment, run=None, workers: int = 1, form: str = "fork", watchers: list[Watcher] = ()
    ):
        self.experiment, self.run, self.watchers = experiment, run, list(watchers)
        self.progress = Progress()
        self.last = (math.nan, math.nan, experiment.optimizer.learning_rate)
        e, splits = experiment, experiment.data.splits
        self.settings = e.training
        self.network = e.network(workers, form)
        self.network.parameters.initialize(e.seed)
        self.taken = start_from(self.network.parameters, e.init_from) if e.init_from else None
        self.handles = {name: self.network.add(splits[name]) for name in ("train", "validation") if name in splits}
        self.batches = EpochOrder(splits["train"], e.batch_rows, e.seed, self.settings.shuffle, e.sampling)
        self.rows = len(splits["train"])
        self.span = e.span
        self.steps_per_epoch = self.span.steps_per_epoch
        metrics = {metric.kind: metric for metric in e.metrics}
        unscale = target_unscaler(e.data.fitted)
        self.scores = Scores(self.network, metrics, e.data.target, e.data.positive, unscale)
        self._others = Scores(self.network, metrics_copy(e.metrics), e.data.target, e.data.positive, unscale)
        self.monitor = self.settings.monitor or f"{'validation' if 'validation' in splits else 'train'}.{e.loss.judge}"
        self.better = "min" if self.monitor.endswith(".loss") else metrics[self.monitor.partition(".")[2]].better
        self._best_arrays: dict[str, np.ndarray] | None = None
        self._best_name: str | None = None      # its checkpoint, once that is on the disk
        self._data_state = e.data.state()
        self._recorded = 0          # epochs that an earlier sitting may have written down already

    def start(self) -> None:
        """Start the workers: from here on nothing may be added."""
        self.network.start()
        self._clock = self._saved_at = time.monotonic()
        for watcher in self.watchers:
            watcher.start(self)

    def resume(self, checkpoint, best=None) -> None:
        """Go on from a checkpoint; `best` is that of the best epoch, where there is one. RunError where it is of
        another network."""
        try:
            saving.restore(self, checkpoint)
            self.progress = p = Progress.of(checkpoint.state["progress"])
            if p.step != checkpoint.state["step"] or p.epoch > self.settings.epochs or not self._begins(p.position):
                raise ValueError(f"epoch {p.epoch}, step {p.step} and position {p.position} cannot be")
            for schedule, state in zip(self.experiment.schedules, p.schedules, strict=True):
                schedule.load(state)
            self._best_name = checkpoint.state["best"]
            if best is not None:
                self._best_arrays = saving.fitting(best, "model", self.network.parameters.arrays())
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            problem = str(error) if isinstance(error, ValueError) else repr(error)
            raise RunError("checkpoint", f"does not fit this run's config: {problem}",
                           "it was changed, or belongs to another run") from None
        if p.position == self.rows:     # stopped during the validation: only the end of the epoch is missing
            self.last = (math.nan, math.nan, self.learning_rate(p.step - 1))
            self._recorded = p.epoch + 1

    def train(self) -> str:
        """Run to the end. Returns "completed" or "interrupted" (`signal` then says by what). NumericalError where the
        loss or the gradient is no longer finite: the last checkpoint is from before."""
        status, self.signal = "failed", None
        try:
            # what is not finite is found by the check of each step
            with StopRequest() as request, np.errstate(all="ignore"):
                while self.progress.epoch < self.settings.epochs and self.progress.stopped is None:
                    if not self.run_epoch(request):
                        self.signal, status = request.number, "interrupted"
                        self.save()
                        return status
            self._restore_best()
            if not all(np.isfinite(a).all() for a in self.network.parameters.arrays().values()):
                raise not_finite(self, "a weight", ahead=0)       # made so by the last step, which no other follows
            self.save()
            status = "completed"
            return status
        except NumericalError:
            status = "diverged"
            raise
        finally:
            for watcher in self.watchers:
                watcher.end(self, status)

    def close(self) -> None:
        self.network.close()

    def __enter__(self) -> "Trainer":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def learning_rate(self, step: int | None = None) -> float:
        """Of a step counted from 0; by default of the one that comes next."""
        rate, step = self.experiment.optimizer.learning_rate, self.progress.step if step is None else step
        for schedule in self.experiment.schedules:
            rate *= schedule.factor(step, self.span)
        return rate

    def step_rows(self, position: int) -> int:
        """Rows of the step that begins so far into an epoch."""
        return self.network.limits.portion(self.rows - position, self.settings.accumulate)

    def _begins(self, position: int) -> bool:
        """Whether a step begins there, or an epoch ends."""
        limits, left = self.network.limits, self.rows - position
        between = position >= 0 and position % (limits.batch * limits.accumulate) == 0
        return left == 0 or (between and left > limits.largest - limits.batch)

    def run_epoch(self, request: StopRequest) -> bool:
        """One epoch, or the rest of one. False where a signal ended it."""
        p, network, train = self.progress, self.network, self.handles["train"]
        network.reorder(train, self.batches.order(p.epoch))
        if p.position == 0:
            p.begin_epoch()
            self.scores.start()
            for state in network.states.values():
                state[...] = 0
        each, watchers = self.scores.add, self.watchers
        while p.position < self.rows:
            if request.number is not None:
                return False
            rows = self.step_rows(p.position)
            rate = self.learning_rate()
            loss, norm, weight = network.step(train, p.position, rows, p.epoch, p.step, rate, each)
            self.last = loss, norm, rate
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise not_finite(self, "the gradient" if math.isfinite(loss) else "the loss")
            p.position += rows
            p.step += 1
            p.steps += 1
            p.rows += rows
            p.loss_sum += loss * weight
            p.weight += weight
            p.norm_sum += norm
            for watcher in watchers:
                watcher.step(self)
            if p.position < self.rows:
                self._save_if_due()
        try:
            self._end_epoch(request)
        except Stopped:
            return False
        self._save_if_due()     # only now: a checkpoint of the last step stands behind the epoch's line in the journal
        return True

    def _end_epoch(self, request: StopRequest) -> None:
        """Validate, judge, write down. Raises Stopped while it evaluates, before anything has changed."""
        p = self.progress
        record = {"kind": "epoch", "epoch": p.epoch + 1, "step": p.step, "learning_rate": self.last[2],
                  "gradient_norm": p.norm_sum / p.steps, "train": {"loss": p.loss} | self.scores.results()}
        if "validation" in self.handles:
            record["validation"] = evaluate(self.network, self.handles["validation"], self._others, request)
        split, _, name = self.monitor.partition(".")
        # the running values are of weights that changed: judge those that would be put back
        if split == "train" and self.keeps_best:
            record["train_evaluated"] = self._evaluated(request)
        value = record.get(f"{split}_evaluated", record[split])[name]
        learned = self._learned(record, request)
        record["best"] = self._judge(value, learned) and self.keeps_best
        for schedule in self.experiment.schedules:
            schedule.observe(value, self.better)
        p.epoch += 1
        p.position = 0
        self._stop_early(record, learned)
        record["seconds"] = p.seconds + time.monotonic() - self._clock
        if self.run is not None and not self._is_recorded(record):
            self.run.journal.append(record)
        for watcher in self.watchers:
            watcher.epoch(self, record)

    def _is_recorded(self, record: dict) -> bool:
        """Whether an earlier sitting, lost after its checkpoint of the validation, has written this epoch's line."""
        last = self.run.journal.last("epoch") if record["epoch"] == self._recorded else None
        return last is not None and last["epoch"] == record["epoch"]

    def _learned(self, record: dict, request: StopRequest) -> bool:
        """Whether the epoch made few enough mistakes to end here, and the weights that it ended with make no more."""
        stop = self.settings.early_stop
        if stop is None or stop.mistakes is None:
            return False
        record["mistakes"] = self._mistakes(record["train"])
        # each row was judged before later rows changed the weights: look again
        if record["mistakes"] <= stop.mistakes:
            record["mistakes"] = self._mistakes(record.get("train_evaluated") or self._evaluated(request))
        return record["mistakes"] <= stop.mistakes

    def _evaluated(self, request: StopRequest) -> dict[str, float]:
        """The training split as the weights answer it now, in evaluation mode."""
        return evaluate(self.network, self.handles["train"], self._others, request)

    def _mistakes(self, scores: dict) -> int:
        return round((1 - scores["accuracy"]) * self.rows * math.prod(self.experiment.data.target))

    def _judge(self, value: float, learned: bool = False) -> bool:
        """Whether this epoch is the best so far; if so its weights are remembered."""
        p, stop = self.progress, self.settings.early_stop
        gain = (p.best.value - value) * (1 if self.better == "min" else -1) if p.best else math.inf
        if not math.isfinite(value) or not (learned or gain > (stop.min_delta if stop else 0.0)):
            p.stale += 1
            return False
        p.stale = 0
        p.best = Best(value, p.epoch + 1, p.step)
        if self.keeps_best:
            self._best_arrays = {name: array.copy() for name, array in self.network.parameters.arrays().items()}
            self._best_name = None
        return True

    @property
    def keeps_best(self) -> bool:
        """The best epoch's weights are kept where a monitor or early stopping asks for them."""
        return self.settings.monitor is not None or self.settings.early_stop is not None

    def _stop_early(self, record: dict, learned: bool) -> None:
        p, stop = self.progress, self.settings.early_stop
        if stop is None:
            return
        patience = stop.patience or (PATIENCE if stop.mistakes is None else math.inf)
        if learned:
            p.stopped = f"{record['mistakes']} mistakes in epoch {p.epoch}"
        elif p.stale >= patience and p.epoch < self.settings.epochs:
            p.stopped = f"no better {self.monitor} for {patience} epochs"

    def _restore_best(self) -> None:
        stop = self.settings.early_stop
        if stop is not None and stop.restore_best and self._best_arrays is not None:
            self.network.parameters.load(self._best_arrays)

    def _save_if_due(self) -> None:
        c = self.settings.checkpoint
        if self.run is None:
            return
        if (
            c.every_steps and self.progress.step % c.every_steps == 0
        ) or time.monotonic() - self._saved_at >= c.every_seconds:
            self.save()

    def save(self) -> None:
        """Write a checkpoint now; before it the best epoch's, if that is not on the disk yet."""
        p, now = self.progress, time.monotonic()
        p.seconds += now - self._clock
        self._clock = now
        if self.run is None:
            return
        p.schedules = [schedule.state() for schedule in self.experiment.schedules]
        keep = self.settings.checkpoint.keep
        checkpoint = saving.capture(self, self._data_state, self._best_name)
        if self._best_arrays is not None and self._best_name is None:
            arrays = {f"model/{name}": array for name, array in self._best_arrays.items()}
            state = checkpoint.state | {"step": p.best.step, "epoch": p.best.epoch}
            self._best_name = self.run.save(Checkpoint(arrays, state), p.best.step, best=True, keep=keep)
            checkpoint.state["best"] = self._best_name
        self.run.save(checkpoint, p.step, keep=keep)
        self._saved_at = time.monotonic()
        for watcher in self.watchers:
            watcher.saved(self, f"step {p.step}")


def metrics_copy(metrics) -> dict:
    """The same metrics once more, so that a validation in between does not touch what the epoch has gathered."""
    return {m.kind: copy(m) for m in metrics}


def not_finite(trainer: Trainer, what: str, ahead: int = 1) -> NumericalError:
    """ahead: whether the step in which it happened is not counted yet."""
    p, (loss, _, rate) = trainer.progress, trainer.last
    lower = "a lower learning rate"
    if rate > trainer.experiment.optimizer.learning_rate:
        lower += " (it is `schedule` that makes it so large)"
    problem = f"{what} is no longer a finite number (loss {loss:.4g}, learning rate {rate:.4g})"
    cures = f"{lower} or `training.clip_norm` are the usual cures"
    return NumericalError(f"epoch {p.epoch + ahead}, step {p.step + ahead}", problem,
                          f"run `dlcli inspect-gradients` on this config; {cures}")
