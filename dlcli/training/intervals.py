"""Percentile bootstrap (Efron 1979): how far a metric would move, had chance chosen other rows.

Rows are drawn again with replacement, as many as there are, 1,000 times; the interval holds the middle 95 % of the values.
A resample is a weight per row (how often it was drawn), so a metric is computed for many resamples at once.
"""

from collections.abc import Iterator

import numpy as np

from dlcli.training.measures import Measure, Values

RESAMPLES, FEWEST = 1000, 100
ROWS = 10_000
"""Above so many rows fewer resamples are drawn, in proportion, and their standard deviation stands for their percentiles: it needs
fewer of them, and with so many rows a metric is as good as normally distributed."""
BLOCK = 20_000
"""Weights made at once, few enough to stay in cache."""
TAIL, NORMAL = 0.025, 1.959963984540054
"""Share outside the interval at each end, and its distance in standard deviations."""


def interval(values: np.ndarray, value: float) -> list[float] | None:
    """The middle 95 % of the resampled values of a metric that are defined; None where none is, or the metric is not."""
    known = values[~np.isnan(values)]
    if not len(known) or np.isnan(value):
        return None
    if len(values) == RESAMPLES:
        return np.quantile(known, (TAIL, 1 - TAIL)).tolist()
    reach = NORMAL * known.std()
    return np.clip([value - reach, value + reach], known.min(), known.max()).tolist()


def of_counts(confusion: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Resampled counts per class: predicted rightly, predicted, true, as an array (3, resamples, classes).

    Only the cells of the confusion matrix (row: truth, column: prediction) matter, so they are drawn and not the rows.
    """
    truth, chosen = np.nonzero(confusion)
    cells, ids = confusion[truth, chosen], np.arange(len(confusion))
    drawn = rng.multinomial(cells.sum(), cells / cells.sum(), RESAMPLES).astype(float)
    right = truth == chosen
    return np.stack([drawn[:, right] @ (truth[right, None] == ids), drawn @ (chosen[:, None] == ids), drawn @ (truth[:, None] == ids)])


def of_rows(measure: Measure, rows: int, rng: np.random.Generator) -> Values:
    """Resampled values of metrics that need the rows themselves."""
    resamples = max(FEWEST, RESAMPLES * ROWS // max(rows, ROWS))
    blocks = [measure(weights) for weights in _weights(rows, resamples, rng)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _weights(rows: int, resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each row is drawn, (resamples, rows) float64, some resamples at a time."""
    most = max(1, BLOCK // rows)
    for start in range(0, resamples, most):
        count = min(most, resamples - start)
        drawn = rng.integers(0, rows, (count, rows), np.uint32)
        drawn += np.arange(count, dtype=np.uint32)[:, None] * np.uint32(rows)
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(float)
