"""Columns that alone tell the target: a sign that they were written down together with it, or after it."""

from typing import NamedTuple

import numpy as np

from dlcli.data.evenly import evenly
from dlcli.data.table import Column, Table

FEWEST_ROWS, FEWEST_OTHERS = 50, 10
"""Rows, and rows that are not of the most frequent class, below which a rule may be perfect by accident."""
FEWEST_NUMBERS = {2: 200, 3: 75}
"""The same for a number of more values than names of the classes would have, by the number of classes (3: or more). Two
easy classes are often divided by one number, as two of the irises by the width of a petal, and nothing is wrong with
it."""
NAMES = 2
"""Up to so many different numbers for each class may be names of them."""
PER_GROUP = 5
"""Rows that each value must have on average, to count as a rule."""
MOST_CLASSES, MOST_CLASSES_BY_SIZE = 1000, 20
LEFT = 0.01
"""A rule is near-perfect if it leaves at most this share of the errors of the most frequent class."""
DETERMINED = 0.9995
"""R^2 above which one number is another in other units."""
RELATED = 0.2
"""R^2 of a line below which two numbers are not looked at by their logarithms."""
LOOK = 10_000
"""Rows that are looked at."""


class Leak(NamedTuple):
    """A column by which the target is known. score: accuracy, or R^2, of the best rule on so many training rows."""

    column: str
    measure: str
    score: float
    rows: int


def leaks(table: Table, rows: np.ndarray, target: np.ndarray, classes: int | None) -> list[Leak]:
    """The columns of single numbers or texts that alone tell the target of the training rows. target: class ids (rows,)
    if there are classes, else values (rows, 1). One column by itself is all that there is to tell it: none then."""
    columns = {name: column for name, column in table.columns.items() if column.shape == () and not column.stand_in}
    if len(table.columns) < 2 or len(rows) < FEWEST_ROWS or target.size != len(rows):
        return []
    some = evenly(len(rows), LOOK)
    rows, target = rows[some], target.reshape(-1)[some]
    if classes is not None and (classes > MOST_CLASSES or len(target) - np.bincount(target).max() < FEWEST_OTHERS):
        return []
    measure = "r2" if classes is None else "accuracy"
    found = []
    for name, column in columns.items():
        score = best(column, column.values[rows], target, classes)
        if score is not None:
            found.append(Leak(name, measure, score, len(rows)))
    return found


def best(column: Column, x: np.ndarray, t: np.ndarray, classes: int | None) -> float | None:
    """The score of a rule from the column's values x to the target t, if one is perfect or nearly so; else None."""
    known = x >= 0 if column.words is not None else x == x
    found, ids = np.unique(x, return_inverse=True)
    enough = column.words is not None or classes is None or len(found) <= NAMES * classes \
        or len(x) >= FEWEST_NUMBERS[min(classes, 3)]
    scores = [0.0]
    if enough and PER_GROUP * len(found) <= len(x):
        scores.append(by_group(ids, t, classes))
    if not known.all():                 # that a value is missing may say all
        scores.append(by_group(known.astype(int), t, classes))
    if column.words is None and classes is None:
        scores.append(by_line(x.astype(np.float64), t))
    elif column.words is None and enough:
        scores.append(by_limits(np.where(known, x, np.inf), t, classes))
    score = float(max(scores))
    return score if score >= limit(t, classes) else None


def limit(t: np.ndarray, classes: int | None) -> float:
    """The score from which a rule is near-perfect."""
    if classes is None:
        return DETERMINED
    return 1 - LEFT * (1 - np.bincount(t).max() / len(t))


def by_group(ids: np.ndarray, t: np.ndarray, classes: int | None) -> float:
    """How far a row's target is known from other rows of the same group: accuracy, or R^2.

    Each group pays one row for what it knows: sum(rows of its most frequent class - 1) / (rows - groups), or each row
    is compared with the mean of the others.
    """
    size = np.bincount(ids)
    if classes is not None:
        counts = np.zeros((len(size), classes), np.int64)
        np.add.at(counts, (ids, t), 1)
        return (counts.max(1) - 1).sum() / max(1, len(ids) - len(size))
    several = size[ids] > 1
    own, n = t[several], size[ids][several]
    if n.size < FEWEST_ROWS or np.ptp(own) == 0:
        return 0.0
    mean = np.bincount(ids, t)[ids][several] / n
    left = (own - mean) * n / (n - 1)
    return 1 - np.square(left).sum() / np.square(own - own.mean()).sum()


def by_limits(x: np.ndarray, t: np.ndarray, classes: int) -> float:
    """Accuracy of the best limits that divide the numbers into one range for each class, in the order of their mean
    ranks."""
    if classes > MOST_CLASSES_BY_SIZE:
        return 0.0
    order = np.argsort(x, kind="stable")
    x, t = x[order], t[order]
    cuts = np.concatenate([[0], np.flatnonzero(x[1:] != x[:-1]) + 1, [len(x)]])
    below = np.zeros((len(x) + 1, classes), np.int64)
    np.cumsum(t[:, None] == np.arange(classes), axis=0, out=below[1:])
    below = below[cuts]
    ranks = np.bincount(t, np.arange(len(t)), classes) / np.maximum(1, np.bincount(t, minlength=classes))
    right = np.zeros(len(cuts), np.int64)
    for own in np.argsort(ranks, kind="stable"):
        right = np.maximum.accumulate(right - below[:, own]) + below[:, own]
    return right[-1] / len(t)


def by_line(x: np.ndarray, t: np.ndarray) -> float:
    """R^2 of the best straight line from x to t, or between their logarithms if they are positive."""
    if not np.isfinite(x).all():        # if values are missing, the target is not known
        return 0.0
    line = determined(x, t)
    if line < RELATED:
        return line
    xs, ts = ([a, np.log(a)] if a.min() > 0 else [a] for a in (x, t))
    return max(determined(a, b) for a in xs for b in ts)


def determined(x: np.ndarray, t: np.ndarray) -> float:
    """The squared correlation; 0 if one does not vary."""
    x, t = x - x.mean(), t - t.mean()
    with np.errstate(all="ignore"):
        square = np.square(x @ t) / ((x @ x) * (t @ t))
    return float(square) if np.isfinite(square) else 0.0
