"""What `evaluate` says where each pixel has a class: counted picture by picture, so that nothing of the size of all pixels is kept."""

from math import isfinite

import numpy as np

from dlcli.data.dataset import Data
from dlcli.engine.loss import Loss
from dlcli.engine.spec import Spec
from dlcli.engine.streams import Stream
from dlcli.errors import DataError, NumericalError
from dlcli.metrics._confusion import FORMULAS
from dlcli.metrics._errors import brier
from dlcli.metrics._targets import decide
from dlcli.metrics.mean_iou import mean_overlap, overlap
from dlcli.training import intervals, measures
from dlcli.training.report import MOST_CLASSES, plain

SHOWN = 6
"""Pictures whose masks are kept, to be drawn."""


def per_pixel(target: Spec) -> bool:
    """Whether each place of a picture has a class."""
    return target.dtype == "int" and len(target) >= 2 and target.size <= MOST_CLASSES


class Pixels:
    """Confusion and Brier score of each picture, and the masks of the first ones.

    Pixels of one picture are right and wrong together, so for intervals whole pictures are drawn again, and no pixel counts as an
    observation of its own: thousands of them in ten pictures are still ten.
    """

    def __init__(self, data: Data, loss: Loss):
        self._data, self._loss = data, loss
        self.confusion = np.zeros((data.target.size,) * 2, np.int64)
        self.counts: list[np.ndarray] = []
        self.squares: list[float] = []
        self.masks: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, y: np.ndarray, t: np.ndarray) -> None:
        classes = self._data.target.size
        p = self._loss.predict(y)
        if not np.isfinite(p).all():
            raise NumericalError("evaluate", "there are predictions that are not finite numbers",
                                 "the weights or the input hold NaN or infinity: try an earlier checkpoint with --checkpoint")
        for one, truth in zip(p, t, strict=True):
            chosen = decide(one, truth)
            counts = np.bincount((truth * classes + chosen).ravel(), minlength=classes ** 2).reshape(classes, classes)
            self.confusion += counts
            self.counts.append(np.stack([counts.diagonal(), counts.sum(0), counts.sum(1)]))
            self.squares.append(brier(one, truth, classes).mean())
            if len(self.masks) < SHOWN:
                self.masks.append((truth.copy(), chosen))

    def document(self, loss: float, losses, weights, seed: int) -> dict:
        """The document of `report`, with `mean_iou` among the metrics and `iou` for each class. Its intervals are bootstrapped over
        pictures; there is no ranking over all pixels, so no ROC area. losses, weights: each picture's, None where they are not known."""
        data, rows = self._data, len(self.counts)
        if not rows:
            raise DataError("evaluate", "there are no rows to judge")
        positive = (1 if data.positive is None else data.positive) if data.target.size == 2 else None
        measure = _measure(np.array(self.counts), np.array(self.squares), positive)
        values = {"loss": loss} | measures.point(measure, rows)
        if losses is not None and isfinite(loss):
            measure = measures.join(measure, measures.loss(losses, weights))
        spread = intervals.of_rows(measure, rows, Stream(seed, "evaluate", "bootstrap").at())
        counts = np.stack([self.confusion.diagonal(), self.confusion.sum(0), self.confusion.sum(1)])
        columns = data.labels or map(str, range(data.target.size)), *(f(*counts) for f in FORMULAS.values()), overlap(counts), counts[2]
        return plain({
            "metrics": values,
            "intervals": {name: intervals.interval(spread[name], value, rows) for name, value in values.items() if name in spread},
            "baseline": None if data.target.counts is None else self._baseline(counts[2], positive),
            "per_class": [dict(zip(("label", *FORMULAS, "iou", "support"), row)) for row in zip(*columns)],
            "confusion": self.confusion})

    def overlaps(self) -> list[float]:
        """The mean IoU of each picture whose masks were kept."""
        return [float(mean_overlap(counts)) for counts in self.counts[:len(self.masks)]]

    def _baseline(self, support: np.ndarray, positive: int | None) -> dict:
        """What it reaches to call every pixel the most frequent class of the training split, with its class shares as probabilities."""
        shares = np.array(self._data.target.counts) / sum(self._data.target.counts)
        only = np.arange(len(shares)) == shares.argmax()
        counts = np.stack([support * only, support.sum() * only, support])[None]
        squares = np.square(shares - np.eye(len(shares))).mean(1) @ support / support.sum()
        return measures.point(_measure(counts, np.array([squares]), positive), 1)


def _measure(counts: np.ndarray, squares: np.ndarray, positive: int | None) -> measures.Measure:
    """Metrics of pictures from their counts (pictures, 3, classes) and their Brier scores (pictures,)."""
    flat = counts.reshape(len(counts), -1).astype(np.float64)

    def measure(w):
        total = (w @ flat).reshape(len(w), 3, -1).transpose(1, 0, 2)
        return measures.from_counts(total, positive) | {"mean_iou": mean_overlap(total), "mse": w @ squares / len(squares)}
    return measure
