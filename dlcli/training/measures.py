"""Metrics as functions of a weight per row: all weights 1 give the value itself, resampled weights its spread.

Each function here returns `prepare(ids)`, which does once what does not depend on the weights for the rows `ids`, and returns
a function from weights (resamples, rows) to values by metric name. Rows are drawn alike, so weights may meet them in any order.
"""

from collections.abc import Callable

import numpy as np

from dlcli.metrics import _ranking as ranking
from dlcli.metrics._confusion import FORMULAS, ratio, score
from dlcli.metrics._errors import brier, determination, residuals, root

Values = dict[str, np.ndarray]
Prepare = Callable[[np.ndarray], Callable[[np.ndarray], Values]]


def point(prepare: Prepare, rows: int) -> dict[str, float]:
    """The values themselves, over all rows."""
    return {name: float(value[0]) for name, value in prepare(np.arange(rows))(np.ones((1, rows))).items()}


def join(*prepares: Prepare) -> Prepare:
    """Several measures as one."""
    def prepare(ids):
        measures = [each(ids) for each in prepares]
        return lambda w: {name: value for measure in measures for name, value in measure(w).items()}
    return prepare


def from_counts(counts: np.ndarray, positive: int | None) -> Values:
    """Accuracy, precision, recall and F1 from counts (3, ..., classes); without a positive class, all three averages."""
    values = {"accuracy": ratio(counts[0].sum(-1), counts[2].sum(-1))}
    values |= {name: score(name, counts, positive=positive) for name in FORMULAS}
    if positive is None:
        values |= {f"{name}_{how}": score(name, counts, how) for how in ("weighted", "micro") for name in FORMULAS}
    return values


def loss(losses: np.ndarray, weights: np.ndarray | None) -> Prepare:
    """The mean of losses (rows,), each with its weight (rows,), 1 if left out."""
    weights = np.ones(len(losses)) if weights is None else weights
    terms = np.stack([losses * weights, weights], 1).astype(np.float64)

    def prepare(ids):
        def values(w):
            total, weight = (w @ terms[ids]).T
            return {"loss": np.divide(total, weight, out=np.full(len(w), np.nan), where=weight != 0)}
        return values
    return prepare


def binary(y: np.ndarray, p: np.ndarray, t: np.ndarray, positive: int) -> Prepare:
    """Brier score, ROC area and average precision of a positive class."""
    score, squares = ranking.positive_score(y, len(t), positive), brier(p, t, 2)

    def prepare(ids):
        order, ends = ranking.thresholds(score[ids])
        hits, terms = (t[ids] == positive)[order], squares[ids]

        def values(w):
            points = ranking.curve(hits, ends, w)
            return {"mse": w @ terms / len(terms), "roc_auc": ranking.roc_area(*points),
                    "average_precision": ranking.precision_area(*points)}
        return values
    return prepare


def multiclass(p: np.ndarray, t: np.ndarray, ranked: bool = True) -> Prepare:
    """Brier score and, if `ranked`, ROC area of each class against the rest, averaged.

    That area of a resample is taken to first order: the area plus the weighted mean of each row's influence on it (Hajek 1968;
    the variance is DeLong's, 1988). The error is of order 1 / rows, and no ranking is made again for each class.
    """
    squares = brier(p, t, p.shape[1])

    def prepare(ids):
        terms = squares[ids]
        area, influence = _one_against_rest(p[ids], t[ids]) if ranked else (np.nan, np.zeros(len(ids)))
        return lambda w: {"mse": w @ terms / len(terms), "roc_auc": np.minimum(area + w @ influence / len(terms), 1)}
    return prepare


def _one_against_rest(p: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean over classes of each class's ROC area against the rest, and each row's influence on it, which sums to 0."""
    classes, influence = p.shape[1], np.zeros(len(t))
    areas = ranking.one_against_rest(p, t)
    if np.isnan(areas).any():
        return np.nan, influence
    for c, area in enumerate(areas):
        order, ends = ranking.thresholds(p[:, c])
        hits = (t == c)[order]
        found, called = ranking.curve(hits, ends, np.ones(len(t)))
        false, equal = called - found, np.diff(ends, prepend=-1)
        below = 1 - (false - np.diff(false, prepend=0) / 2) / false[-1]         # share of the negatives that a positive here beats
        above = (found - np.diff(found, prepend=0) / 2) / found[-1]             # share of the positives that beat a negative here
        wins = np.where(hits, np.repeat(below, equal), np.repeat(above, equal))
        share = np.where(hits, found[-1], false[-1]) / len(t)
        influence[order] += (wins - area) / share / classes
    return areas.mean(), influence


def values(p: np.ndarray, t: np.ndarray) -> Prepare:
    """MSE, RMSE, MAE and R^2 of values (rows, outputs)."""
    error = residuals(p, t)
    centred = residuals(t, np.broadcast_to(t[0], t.shape)).astype(np.float64)       # a constant target becomes exactly 0
    centred -= centred.mean(0)
    terms = np.stack([np.square(error), np.abs(error), centred, np.square(centred)], 1)

    def prepare(ids):
        used = terms[ids].reshape(len(ids), -1)

        def measure(w):
            squares, distances, shift, variation = np.moveaxis((w @ used / len(used)).reshape(len(w), 4, -1), 1, 0)
            rest = variation - np.square(shift)
            rest[rest < 1e-12 * variation] = 0              # a resample of one value: what is left is rounding
            r2 = determination(squares, rest) if len(used) > 1 else np.full(len(w), np.nan)
            return {"mse": squares.mean(-1), "rmse": root(squares), "mae": distances.mean(-1), "r2": r2}
        return measure
    return prepare
