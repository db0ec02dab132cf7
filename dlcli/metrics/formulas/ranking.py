"""Metrics of the order in which rows are ranked by a score: the curves' points, the areas, and the rows they need."""

from typing import ClassVar, NamedTuple

import numpy as np

from dlcli.engine.metric import Metric


def positive_score(y: np.ndarray, rows: int, positive: int) -> np.ndarray:
    """Raw outputs of a binary task as one score per row that grows with the positive class: (rows,) float64.

    One output is the score of class 1; of two, the difference. Raw outputs and not probabilities, since these are
    rounded to 0 and 1 if the network is sure, and the order is lost.
    """
    y = y.reshape(rows, -1 if rows else 1).astype(np.float64)
    score = y[:, 0] if y.shape[1] == 1 else y[:, 1] - y[:, 0]
    return score if positive else -score


class Curve(NamedTuple):
    """The points that ROC and precision-recall curves share, a threshold each, from the highest score down: (...,
    thresholds)."""

    gained: np.ndarray
    """Weight of the positives with exactly this score."""
    lost: np.ndarray
    """Weight of the negatives with exactly this score."""
    found: np.ndarray
    """Weight of the positives with at least this score."""
    called: np.ndarray
    """Weight of all rows with at least this score."""


def thresholds(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(order, starts): rows from the highest score down, and in that order the first place of each group of equal
    scores."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    return order, np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))


def curve(hits: np.ndarray, starts: np.ndarray, weights: np.ndarray) -> Curve:
    """hits: which rows are positive; weights (..., rows); both in the order of `thresholds`."""
    gained = weights * hits
    if len(starts) < len(hits):
        gained, weights = np.add.reduceat(gained, starts, axis=-1), np.add.reduceat(weights, starts, axis=-1)
    return Curve(gained, weights - gained, gained.cumsum(-1), weights.cumsum(-1))


def roc_area(c: Curve) -> np.ndarray:
    """Area under the ROC curve, ties counting half; nan if one class is missing."""
    wins = (c.lost * (c.found - c.gained / 2)).sum(-1)
    pairs = c.found[..., -1] * (c.called - c.found)[..., -1]
    return np.divide(wins, pairs, out=np.full(np.shape(pairs), np.nan), where=pairs != 0)


def precision_area(c: Curve) -> np.ndarray:
    """Average precision: sum over thresholds of precision times gain in recall, not interpolated.

    0 without positives, as in scikit-learn.
    """
    precision = c.found / np.where(c.called == 0, 1, c.called)
    area, total = (precision * c.gained).sum(-1), c.found[..., -1]
    return np.divide(area, total, out=np.zeros(np.shape(total)), where=total != 0)


def one_against_rest(p: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean over classes of the ROC area of each class's probability against the rest (nan if a class is
    missing), and each row's influence on it (rows,): the area's derivative by the row's share of all weight. Influences
    sum to 0.
    """
    classes, influence, areas = p.shape[1], np.zeros(len(t)), np.empty(p.shape[1])
    if len(np.unique(t)) < classes:
        return np.nan, influence
    for k in range(classes):
        order, starts = thresholds(p[:, k])
        hits = (t == k)[order]
        c = curve(hits, starts, np.ones(len(t)))
        areas[k] = roc_area(c)
        positives, negatives, equal = c.found[-1], c.called[-1] - c.found[-1], np.diff(starts, append=len(t))
        # share of the negatives that a positive here beats
        below = 1 - (c.called - c.found - c.lost / 2) / negatives
        # share of the positives that beat a negative here
        above = (c.found - c.gained / 2) / positives
        wins = np.where(hits, np.repeat(below, equal), np.repeat(above, equal))
        influence[order] += (wins - areas[k]) * len(t) / np.where(hits, positives, negatives) / classes
    return float(areas.mean()), influence


class Ranking(Metric):
    """Abstract: keeps the scores and targets of every row, since a ranking needs all of them at once."""

    task: ClassVar[str] = "binary"

    def scores(self, y, p, t) -> np.ndarray:
        """(targets, scores) float64."""
        raise NotImplementedError

    def begin(self, scores: int) -> None:
        self.parts = [np.empty((0, 1 + scores))]

    def update(self, y, p, t) -> None:
        self.parts.append(np.column_stack([t.ravel(), self.scores(y, p, t)]))

    def state(self) -> np.ndarray:
        """Rows of target and scores, float64."""
        self.parts = [np.concatenate(self.parts)]
        return self.parts[0].copy()

    def load(self, state) -> None:
        self.parts = [np.array(state)]
