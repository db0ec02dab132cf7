"""Percentile bootstrap (Efron 1979): how far a metric would move, had chance chosen other rows.

Rows are drawn again with replacement, as many as there are, 1,000 times; the interval holds the middle 95 % of the values.
A resample is a weight per row (how often it was drawn), so a metric is computed for many resamples at once.
"""

from collections.abc import Callable, Iterator

import numpy as np

from dlcli.training.measures import Prepare, Values

RESAMPLES = 1000
QUANTILES = (0.025, 0.975)
ROWS = 20_000
"""More rows than these are not all drawn from: the spread is measured on so many, and narrowed by the square root of the share."""
BLOCK = 20_000
"""Weights made at once, few enough to stay in cache."""


def interval(values: np.ndarray) -> list[float] | None:
    """The middle 95 % of the values that are defined; None where none is."""
    known = values[~np.isnan(values)]
    return [float(q) for q in np.quantile(known, QUANTILES)] if len(known) else None


def of_counts(confusion: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Resampled counts per class: predicted rightly, predicted, true, as an array (3, resamples, classes).

    Only the cells of the confusion matrix (row: truth, column: prediction) matter, so they are drawn and not the rows.
    """
    truth, chosen = np.nonzero(confusion)
    cells = confusion[truth, chosen]
    drawn = rng.multinomial(cells.sum(), cells / cells.sum(), RESAMPLES).astype(float)
    ids = np.arange(len(confusion))
    right = truth == chosen
    return np.stack([drawn[:, right] @ (truth[right, None] == ids), drawn @ (chosen[:, None] == ids), drawn @ (truth[:, None] == ids)])


def of_rows(prepare: Prepare, rows: int, rng: np.random.Generator) -> Values:
    """Resampled values of metrics that need the rows themselves."""
    if rows <= ROWS:
        return _gather(prepare(np.arange(rows)), rows, rng)
    whole = prepare(np.arange(rows))(np.ones((1, rows)))
    values_of = prepare(rng.choice(rows, ROWS, replace=False))
    middle = values_of(np.ones((1, ROWS)))
    narrowed = np.sqrt(ROWS / rows)
    return {name: whole[name] + narrowed * (values - middle[name]) for name, values in _gather(values_of, ROWS, rng).items()}


def _gather(values_of: Callable[[np.ndarray], Values], rows: int, rng: np.random.Generator) -> Values:
    blocks = [values_of(weights) for weights in _weights(rows, rng)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _weights(rows: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each row is drawn, (resamples, rows) float64, some resamples at a time."""
    most = max(1, BLOCK // rows)
    for start in range(0, RESAMPLES, most):
        count = min(most, RESAMPLES - start)
        drawn = rng.integers(0, rows, (count, rows), np.uint32)
        drawn += np.arange(count, dtype=np.uint32)[:, None] * np.uint32(rows)
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(float)
