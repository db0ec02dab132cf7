"""Evaluating a trained network on a data set: everything that `dlcli evaluate` says of it."""

import copy
from typing import NamedTuple

import numpy as np

from dlcli.data.dataset import Data
from dlcli.data.fitted import in_units, target_unscaler
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena
from dlcli.engine.metric import Metric
from dlcli.engine.network import Handle, Network
from dlcli.engine.plans import Answers
from dlcli.errors import NumericalError
from dlcli.evaluation import forecasts
from dlcli.evaluation.groups import groups
from dlcli.evaluation.next_tokens import NextTokens, next_tokens
from dlcli.evaluation.report import plain, report
from dlcli.evaluation.segmentation import Pixels, per_pixel
from dlcli.training.experiment import Experiment
from dlcli.training.scores import Scores, real_places

MOST_ROWS = 200_000
"""Up to so many rows the loss is worked out for each by itself, which takes some 10 us; beyond, its interval is left
out."""


class RowLosses:
    """The loss of each row by itself and its weight in the mean, as sums tell nothing of how far chance moves them."""

    def __init__(self, loss: Loss, largest: Answers, dtype):
        self.parts: list[tuple[float, float]] = []
        self._arena, self._loss = Arena(dtype), copy.copy(loss)
        arrays = {name: self._arena.take(name, a.full(1), a.dtype)
                  for name, a in (*loss.kept.items(), *loss.temps.items())}
        self._own = Answers(*(None if a is None else np.zeros((1, *a.shape[1:]), a.dtype) for a in largest))
        lengths, target_lengths = self._own.lengths, self._own.target_lengths
        vars(self._loss).update(arrays, shard_rows=1, batch_rows=1, lengths=lengths, target_lengths=target_lengths)

    def add(self, answers: Answers) -> None:
        pairs = [(mine, whole) for mine, whole in zip(self._own, answers[:4]) if mine is not None]
        y, t = self._own.y, self._own.t
        with np.errstate(all="ignore"):
            for row in range(len(answers.y)):
                for mine, whole in pairs:
                    mine[(0, slice(whole.shape[1])) if mine.ndim > 1 else 0] = whole[row]
                weight = self._loss.weight(t)
                total = self._loss.forward(y, t)
                self.parts.append((total / weight if weight else 0.0, weight))


class Evaluation(NamedTuple):
    """What is said of a data set."""

    document: dict
    """As `report` makes it, or `Pixels.document` if each pixel has a class; with the config's own metrics, and what
    `forecasts.parts` and `groups` add."""
    own: dict[str, float]
    """The loss and the config's own metrics alone, as training reports them."""
    pixels: Pixels | None
    """What was counted, if each pixel has a class."""


def evaluate(experiment: Experiment, network: Network, handle: Handle, mean=None) -> Evaluation:
    """Everything about a data set of a started network. mean: for values, the mean of each output in the training
    split, in the user's units."""
    data, loss = experiment.data, experiment.loss
    metrics = {metric.kind: metric for metric in experiment.metrics}
    own = Scores(network, metrics, data.target, data.positive, target_unscaler(data.fitted))
    counted, past = _counted(data, loss, metrics), handle.dataset.past
    alone = _alone(experiment, network, handle) if past is None else None
    kinds = groups(experiment, network, handle)
    beside = [part for part in (own, alone, counted, *kinds.values()) if part is not None]
    ys, ts = [], []

    def add(answers: Answers) -> None:
        for part in beside:
            part.add(answers)
        if counted is None and loss.aligned:
            y, t = (answers.y, answers.t) if answers.target_lengths is None else real_places(answers)
            ys.append(y.copy())
            ts.append(t.copy())

    own.start()
    value = network.evaluate(handle, add)
    losses, weights = np.array(alone.parts).T if alone is not None and alone.parts else (None, None)
    if counted is not None:
        document = counted.document(value, losses, weights, experiment.seed)
    elif not loss.aligned:
        document = _whole_rows(value)
    else:
        y = np.concatenate(ys)
        y, p, t = in_units(data.fitted, y, loss.predict(y), np.concatenate(ts))
        document = report(y, p, t, value, data, mean=mean, losses=losses, weights=weights, seed=experiment.seed)
        document |= forecasts.parts(document, p, t, data, past) if past is not None else {}
    document |= {name: kind.document() for name, kind in kinds.items()}
    found = plain({"loss": value} | own.results())
    document["metrics"] |= {name: result for name, result in found.items() if name not in document["metrics"]}
    pixels = counted if isinstance(counted, Pixels) else None
    return Evaluation({"per_class": None, "confusion": None} | document, found, pixels)


def _alone(experiment: Experiment, network: Network, handle: Handle) -> RowLosses | None:
    """What works out the loss of each row by itself; None if rows are not what `report` counts, or too many."""
    data, loss = experiment.data, experiment.loss
    by_row = data.task != "classification" or not data.target or next_tokens(data) or \
        loss.aligned and per_pixel(data.target)
    known = by_row and not loss.reduces and len(handle.dataset) <= MOST_ROWS
    return RowLosses(loss, network.plans.largest, network.dtype) if known else None


def _counted(data: Data, loss: Loss, metrics: dict[str, Metric]) -> Pixels | NextTokens | None:
    """What is counted row by row, if each place of a row has a class; None: `report` looks at all rows together."""
    if next_tokens(data):
        return NextTokens(data, loss.measures == "log_likelihood")
    return Pixels(data, loss, metrics.get("mean_iou")) if loss.aligned and per_pixel(data.target) else None


def _whole_rows(loss: float) -> dict:
    """The document if output and target are sequences of lengths of their own: the config's own metrics are all that is
    known of them."""
    if np.isnan(loss):
        raise NumericalError("evaluate", "the loss is not a number",
                             "the weights or the input hold NaN or infinity: try an earlier checkpoint with "
                             "--checkpoint")
    return {"metrics": {}, "intervals": {}, "baseline": None}
