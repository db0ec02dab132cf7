"""How far a metric would move, had chance chosen other rows: Wilson's interval for proportions, the percentile
bootstrap for the rest.

A proportion (accuracy, the micro averages, precision and recall of a positive class) has the score interval of Wilson
(1927). It holds at any number of rows: all of 10 right is 0.72 to 1, of one row 0.21 to 1. The bootstrap would say 1 to
1 there, since rows that are all alike vary in no resample. So it says nothing (None) if no resample differs, and below
10 rows, which stand for too little of what could have been drawn.

Bootstrap (Efron 1979): rows are drawn again with replacement, as many as there are, 1,000 times; the interval holds the
middle 95 % of the values. A resample is a weight per row (how often it was drawn), so a metric is computed for many
resamples at once.
"""

from collections.abc import Iterator

import numpy as np

from dlcli.metrics.formulas.weighted import Measure, Values

RESAMPLES, FEWEST_RESAMPLES = 1000, 100
FEWEST_ROWS = 10
"""Below so many rows a bootstrap is narrower than it claims to be by far."""
SAME = 1e-9
"""Resampled values that differ by less than this share of their size differ by rounding."""
ROWS = 10_000
"""Above so many rows fewer resamples are drawn, in proportion, and their standard deviation stands for their
percentiles: it needs fewer of them, and with so many rows a metric is as good as normally distributed."""
BLOCK = 20_000
"""Weights made at once, few enough to stay in cache."""
TAIL, NORMAL = 0.025, 1.959963984540054
"""Share outside the interval at each end, and its distance in standard deviations."""


def proportion(share: float, rows: int) -> list[float] | None:
    """Wilson's interval of a share s of n rows, at 95 % (z = 1.96); None of no rows.

    (s + z^2 / 2n -+ z sqrt(s (1 - s) / n + z^2 / 4n^2)) / (1 + z^2 / n)
    """
    if not rows or np.isnan(share):
        return None
    part = NORMAL ** 2 / rows
    reach = np.sqrt(part * (share * (1 - share) + part / 4))
    low, high = (share + part / 2 - reach) / (1 + part), (share + part / 2 + reach) / (1 + part)
    return [0.0 if share == 0 else float(low), 1.0 if share == 1 else float(high)]      # exact there, but for rounding


def interval(values: np.ndarray, value: float, rows: int) -> list[float] | None:
    """The middle 95 % of the resampled values of a metric of so many rows that are defined.

    None if the metric or all of them are not defined, if no resample differs, and below 10 rows.
    """
    known = values[~np.isnan(values)]
    if rows < FEWEST_ROWS or not len(known) or np.isnan(value) or np.ptp(known) <= SAME * np.abs(known).max():
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
    return np.stack(
        [
            drawn[:, right] @ (truth[right, None] == ids),
            drawn @ (chosen[:, None] == ids),
            drawn @ (truth[:, None] == ids),
        ]
    )


def of_rows(measure: Measure, rows: int, rng: np.random.Generator) -> Values:
    """Resampled values of metrics that need the rows themselves."""
    resamples = max(FEWEST_RESAMPLES, RESAMPLES * ROWS // max(rows, ROWS))
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
