"""What `evaluate` says about predictions: metrics, how sure they are, per class, and against a baseline."""

from math import isfinite

import numpy as np

from dlcli.data.dataset import Data
from dlcli.engine.streams import Stream
from dlcli.errors import DataError, NumericalError
from dlcli.evaluation import intervals
from dlcli.metrics.formulas import constant_answer, weighted
from dlcli.metrics.formulas.confusion import FORMULAS, tally
from dlcli.metrics.formulas.targets import decide

MOST_CLASSES = 1000
"""Up to so many classes (above: vocabularies), what is shown or computed for each class is worth its length."""


def report(y, p, t, loss: float, data: Data, *, mean=None, losses=None, weights=None, seed: int = 0) -> dict:
    """The parts `metrics`, `intervals`, `baseline`, `per_class` and `confusion` of the document of `evaluate`.

    y, p, t: raw outputs, predictions (`Loss.predict`) and targets of all rows; values in the user's units. loss: their
    mean loss. data: its task, target, labels and positive class. mean: for values, the mean of each output in the
    training split. losses, weights: each row's loss and its weight in the mean (1 if left out), for the interval of the
    loss (left out if it is not finite).

    Intervals are [low, high] at 95 %, the same for the same seed: Wilson's for proportions, the percentile bootstrap
    for the rest. They are None if that can say nothing: below 10 rows, or if no resample differs, as for a perfect ROC
    area; see `intervals`. The baseline knows only the training split's class shares: it answers the most frequent
    class and gives the shares as probabilities; for values it answers their mean. It is None if the training split
    is not known. What is not defined (AUC with one class) is None. Classification adds `per_class`, for each class its
    label, precision, recall, f1 and support (rows); and `confusion`, counts with a row per true and a column per
    predicted class. Above 1,000 classes both are None, and so is the ROC area.
    """
    if not len(t):
        raise DataError("evaluate", "there are no rows to judge")
    broken = ~np.isfinite(p).reshape(len(t), -1).all(1) | np.isnan(y).reshape(len(t), -1).any(1)
    if broken.any():
        raise NumericalError(
            "evaluate",
            f"{broken.sum()} of {len(t)} predictions are not finite numbers",
            "the weights or the input hold NaN or infinity: try an earlier checkpoint with --checkpoint",
        )
    extra = [] if losses is None or not isfinite(loss) else [weighted.loss(losses, weights)]
    parts = _classes if data.task == "classification" else _values
    document = parts(y, p, t, data, mean, extra, Stream(seed, "evaluate", "bootstrap").at())
    document["metrics"] = {"loss": loss} | document["metrics"]
    ranges, shares = document["intervals"], document.pop("proportions", {})
    rows = t.size if data.task == "classification" else len(t)
    document["intervals"] = {
        name: intervals.proportion(value, shares[name])
        if name in shares
        else intervals.interval(ranges[name], value, rows)
        for name, value in document["metrics"].items()
        if name in shares or name in ranges
    }
    return plain(document)


def _classes(y, p, t, data: Data, mean, extra: list, rng) -> dict:
    classes = data.target.size
    positive = (1 if data.positive is None else data.positive) if classes == 2 else None
    few = classes <= MOST_CLASSES
    y, p, t = y.reshape(t.size, -1), p.reshape(t.size, -1), t.ravel()

    def measure(y, p):
        return weighted.multiclass(p, t, few) if positive is None else weighted.binary(y, p, t, positive)

    def scores(measure, counts) -> dict:
        return weighted.from_counts(counts, positive) | weighted.point(measure, len(t))

    counts, own = tally(p, t, classes), measure(y, p)
    ranges = intervals.of_rows(weighted.join(own, *extra), len(t), rng)
    document = {
        "metrics": scores(own, counts),
        "intervals": ranges,
        "baseline": None,
        "per_class": None,
        "confusion": None,
    }
    document["proportions"] = dict.fromkeys(("accuracy", *(f"{name}_micro" for name in FORMULAS)), t.size)
    if positive is not None:
        document["proportions"] |= {"precision": int(counts[1][positive]), "recall": int(counts[2][positive])}
    if data.target.counts is not None:
        constant = constant_answer.probabilities(data.target.counts, len(t))
        document["baseline"] = scores(measure(constant, constant), tally(constant, t, classes))
    if few:
        confusion = np.bincount(t * classes + decide(p, t), minlength=classes ** 2).reshape(classes, classes)
        ranges |= weighted.from_counts(intervals.of_counts(confusion, rng), positive)
        columns = (
            data.labels or map(str, range(classes)),
            *(formula(*counts) for formula in FORMULAS.values()),
            counts[2],
        )
        document["per_class"] = [dict(zip(("label", *FORMULAS, "support"), row)) for row in zip(*columns)]
        document["confusion"] = confusion
    return document


def _values(y, p, t, data: Data, mean, extra: list, rng) -> dict:
    p, t = p.reshape(len(t), -1), t.reshape(len(t), -1)
    own = weighted.values(p, t)
    ranges = intervals.of_rows(weighted.join(own, *extra), len(t), rng)
    baseline = None if mean is None else constant_answer.of_values(mean, t)
    return {"metrics": weighted.point(own, len(t)), "intervals": ranges, "baseline": baseline}


def plain(value):
    """The same as JSON knows it: lists and Python numbers; None for what is not finite."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
