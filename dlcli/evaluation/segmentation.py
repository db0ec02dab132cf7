"""What `evaluate` says if each pixel of a picture, each step of a sequence has a class: counted row by row, so that
nothing of the size of all pixels is kept."""

from math import isfinite

import numpy as np

from dlcli.data.dataset import Data
from dlcli.engine.loss import Loss
from dlcli.engine.plans import Answers
from dlcli.engine.spec import Spec
from dlcli.engine.streams import Stream
from dlcli.errors import DataError, NumericalError
from dlcli.evaluation import intervals
from dlcli.evaluation.report import MOST_CLASSES, plain
from dlcli.metrics.formulas import constant_answer, weighted
from dlcli.metrics.formulas.confusion import FORMULAS
from dlcli.metrics.formulas.errors import brier
from dlcli.metrics.formulas.targets import decide
from dlcli.metrics.mean_iou import MeanIou, areas, mean_overlap, overlap
from dlcli.training.scores import cut

SHOWN = 6
"""Pictures whose masks are kept, to be drawn."""


def per_pixel(target: Spec) -> bool:
    """Whether each place of a row has a class."""
    return target.dtype == "int" and len(target) > 0 and target.size <= MOST_CLASSES


class Pixels:
    """Confusion and Brier score of each picture, and the masks of the first ones (none if the targets are no
    pictures).

    Pixels of one picture are right and wrong together, so for intervals whole pictures are drawn again, and no pixel
    counts as an observation of its own: thousands of them in ten pictures are still ten. iou: the config's own
    mean_iou, which may leave classes out.
    """

    def __init__(self, data: Data, loss: Loss, iou: MeanIou | None = None):
        self._data, self._loss, self._iou = data, loss, iou or MeanIou()
        self.confusion = np.zeros((data.target.size,) * 2, np.int64)
        self.counts: list[np.ndarray] = []
        self.areas: list[np.ndarray] = []
        self.squares: list[float] = []
        self.masks: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, answers: Answers) -> None:
        classes = self._data.target.size
        ps, ts = cut(self._loss.predict(answers.y), answers.lengths), cut(answers.t, answers.target_lengths)
        if not all(np.isfinite(p).all() for p in ps):
            raise NumericalError(
                "evaluate",
                "there are predictions that are not finite numbers",
                "the weights or the input hold NaN or infinity: try an earlier checkpoint with --checkpoint",
            )
        for one, truth in zip(ps, ts, strict=True):
            chosen = decide(one, truth)
            counts = np.bincount((truth * classes + chosen).ravel(), minlength=classes ** 2).reshape(classes, classes)
            self.confusion += counts
            self.counts.append(areas(counts))
            self.areas.append(areas(counts, self._iou.ignore))
            self.squares.append(brier(one, truth, classes).mean())
            if len(self.masks) < SHOWN and truth.ndim == 2:
                self.masks.append((truth.copy(), chosen))

    def document(self, loss: float, losses, weights, seed: int) -> dict:
        """The document of `report`, with `mean_iou` among the metrics and `iou` for each class. Its intervals are
        bootstrapped over pictures; there is no ranking over all pixels, so no ROC area. losses, weights: each
        picture's, None if they are not known."""
        data, rows = self._data, len(self.counts)
        if not rows:
            raise DataError("evaluate", "there are no rows to judge")
        positive = (1 if data.positive is None else data.positive) if data.target.size == 2 else None
        measure = self._measure(np.array(self.counts), np.array(self.areas), np.array(self.squares), positive)
        values = {"loss": loss} | weighted.point(measure, rows)
        if losses is not None and isfinite(loss):
            measure = weighted.join(measure, weighted.loss(losses, weights))
        ranges = intervals.of_rows(measure, rows, Stream(seed, "evaluate", "bootstrap").at())
        counts, own = areas(self.confusion), overlap(areas(self.confusion, self._iou.ignore))
        columns = (
            data.labels or map(str, range(data.target.size)),
            *(f(*counts) for f in FORMULAS.values()),
            own,
            counts[2],
        )
        return plain(
            {
                "metrics": values,
                "intervals": {
                    name: intervals.interval(ranges[name], value, rows)
                    for name, value in values.items()
                    if name in ranges
                },
                "baseline": None if data.target.counts is None else self._baseline(counts[2], positive),
                "per_class": [dict(zip(("label", *FORMULAS, "iou", "support"), row)) for row in zip(*columns)],
                "confusion": self.confusion,
            }
        )

    def overlaps(self) -> list[float]:
        """The mean IoU of each picture whose masks were kept."""
        return [float(mean_overlap(counts, self._iou.background)) for counts in self.areas[:len(self.masks)]]

    def _baseline(self, support: np.ndarray, positive: int | None) -> dict:
        """What it reaches to call every pixel the most frequent class of the training split, with its class shares as
        probabilities."""
        shares = constant_answer.shares(self._data.target.counts)
        confusion = constant_answer.confusion(self._data.target.counts, support)
        squares = np.square(shares - np.eye(len(shares))).mean(1) @ support / support.sum()
        measure = self._measure(
            areas(confusion)[None], areas(confusion, self._iou.ignore)[None], np.array([squares]), positive
        )
        return weighted.point(measure, 1)

    def _measure(
        self, counts: np.ndarray, areas: np.ndarray, squares: np.ndarray, positive: int | None
    ) -> weighted.Measure:
        """Metrics of pictures from their counts and areas (pictures, 3, classes) and their Brier scores (pictures,)."""
        flat = np.stack([counts, areas], 1).reshape(len(counts), -1).astype(np.float64)

        def measure(w):
            all_, own = (w @ flat).reshape(len(w), 2, 3, -1).transpose(1, 2, 0, 3)
            return weighted.from_counts(all_, positive) | {
                "mean_iou": mean_overlap(own, self._iou.background), "mse": w @ squares / len(squares)}
        return measure
