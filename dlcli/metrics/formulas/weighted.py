"""Metrics as functions of how often each row counts.

If every row counts once, they give the metric of the rows. If a row counts as often as it was drawn at random, they
give the metric of a resample; many resamples show how far chance moves it (`evaluation.intervals`).

A measure takes weights (resamples, rows) and returns, by the name of each metric, its values (resamples,). What does
not depend on the weights is computed once, when the measure is made. Its rows may have another order than those that it
was made of: all are equally likely to be drawn, so it does not matter which weight goes to which.
"""

from collections.abc import Callable

import numpy as np

from dlcli.metrics.formulas import ranking
from dlcli.metrics.formulas.confusion import FORMULAS, ratio, score
from dlcli.metrics.formulas.errors import brier, determination, residuals, root

Values = dict[str, np.ndarray]
Measure = Callable[[np.ndarray], Values]


def point(measure: Measure, rows: int) -> dict[str, float]:
    """The values themselves, every row counting once."""
    return {name: float(value[0]) for name, value in measure(np.ones((1, rows))).items()}


def join(*measures: Measure) -> Measure:
    """Several measures as one."""
    return lambda w: {name: value for measure in measures for name, value in measure(w).items()}


def from_counts(counts: np.ndarray, positive: int | None) -> Values:
    """Accuracy, precision, recall and F1 from counts (3, ..., classes); without a positive class, all three
    averages."""
    values = {"accuracy": ratio(counts[0].sum(-1), counts[2].sum(-1))}
    values |= {name: score(name, counts, positive=positive) for name in FORMULAS}
    if positive is None:
        values |= {f"{name}_{how}": score(name, counts, how) for how in ("weighted", "micro") for name in FORMULAS}
    return values


def loss(losses: np.ndarray, weights: np.ndarray | None) -> Measure:
    """The mean of losses (rows,), each with its weight (rows,), 1 if left out."""
    weights = np.ones(len(losses)) if weights is None else weights
    terms = np.stack([losses * weights, weights], 1).astype(np.float64)

    def measure(w):
        total, weight = (w @ terms).T
        return {"loss": np.divide(total, weight, out=np.full(len(w), np.nan), where=weight != 0)}
    return measure


def binary(y: np.ndarray, p: np.ndarray, t: np.ndarray, positive: int) -> Measure:
    """Brier score, ROC area and average precision of a positive class."""
    squares = brier(p, t, 2)
    order, starts = ranking.thresholds(ranking.positive_score(y, len(t), positive))
    hits = (t == positive)[order]

    def measure(w):
        curve = ranking.curve(hits, starts, w)
        return {
            "mse": w @ squares / len(t),
            "roc_auc": ranking.roc_area(curve),
            "average_precision": ranking.precision_area(curve),
        }

    return measure


def multiclass(p: np.ndarray, t: np.ndarray, ranked: bool = True) -> Measure:
    """Brier score and, if `ranked`, ROC area of each class against the rest, averaged.

    That area of a resample is taken to first order: the area plus the weighted mean of each row's influence on it
    (Hajek 1968; the variance is DeLong's, 1988). The error is of order 1 / rows, and no ranking is made again for each
    class.
    """
    squares = brier(p, t, p.shape[1])
    area, influence = ranking.one_against_rest(p, t) if ranked else (np.nan, np.zeros(len(t)))
    return lambda w: {"mse": w @ squares / len(t), "roc_auc": np.minimum(area + w @ influence / len(t), 1)}


def values(p: np.ndarray, t: np.ndarray) -> Measure:
    """MSE, RMSE, MAE and R^2 of values (rows, outputs)."""
    error = residuals(p, t)
    centred = residuals(t, np.broadcast_to(t[0], t.shape))      # a constant target becomes exactly 0
    centred -= centred.mean(0)
    terms = np.hstack([np.square(error), np.abs(error), centred, np.square(centred)])

    def measure(w):
        squares, distances, shift, variation = np.split(w @ terms / len(t), 4, axis=1)
        around = variation - np.square(shift)
        around[around < 1e-12 * variation] = 0          # a resample of one value: what is left is rounding
        r2 = determination(squares, around) if len(t) > 1 else np.full(len(w), np.nan)
        return {"mse": squares.mean(-1), "rmse": root(squares), "mae": distances.mean(-1), "r2": r2}
    return measure
