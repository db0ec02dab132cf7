"""Mean intersection over union."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.confusion import ratio, tally
from dlcli.metrics.formulas.targets import need_classes


def overlap(counts: np.ndarray) -> np.ndarray:
    """Intersection over union of each class, from counts (3, ..., classes) as `tally` gives them; nan if a class is
    neither in the targets nor in the predictions."""
    hits, predicted, actual = counts
    union = predicted + actual - hits
    return np.where(union > 0, ratio(hits, union), np.nan)


def mean_overlap(counts: np.ndarray, background: bool = True) -> np.ndarray:
    """The mean over the classes that occur in targets or predictions; nan if none does."""
    each = overlap(counts)[..., 0 if background else 1:]
    known = ~np.isnan(each)
    count = known.sum(-1)
    return np.where(count > 0, ratio(np.where(known, each, 0).sum(-1), count), np.nan)


def areas(confusion: np.ndarray, ignore: int | None = None) -> np.ndarray:
    """The counts that `overlap` takes (3, classes), of a confusion matrix (true, predicted) and without what is
    ignored."""
    if ignore is not None:
        confusion = confusion.copy()
        confusion[ignore] = 0
    return _without(np.stack([confusion.diagonal(), confusion.sum(0), confusion.sum(1)]), ignore)


def _without(counts: np.ndarray, ignore: int | None) -> np.ndarray:
    if ignore is not None:
        # without targets of it there is no such class, even if it is predicted elsewhere
        counts[:, ignore] = 0
    return counts


class MeanIou(Metric):
    """How well predicted areas lie on the true ones: the mean over classes of TP / (TP + FP + FN), in 0 to 1 (Jaccard
    1912).

    TP, FP and FN are counted over all pixels (rows, positions) that were added, and a class counts the same however few
    pixels it has. Classes that occur neither in the targets nor in the predictions are left out, as in scikit-learn's
    `jaccard_score`.
    """

    task: ClassVar[str] = "classification"
    by_choice: ClassVar[bool] = True

    background: bool = True
    """Whether class 0 counts in the mean: it is most of many pictures and easy to meet."""
    ignore: Annotated[int, Ge(0)] | None = None
    """Id of a class whose pixels do not count at all, as the option of cross_entropy."""

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = need_classes(self, t)
        if self.ignore is not None and self.ignore >= self.classes:
            raise ValueError(
                f"ignore names the class {self.ignore}, and the ids of {self.classes} classes go from 0 to "
                f"{self.classes - 1}"
            )
        self.counts = np.zeros((3, self.classes), np.int64)

    def update(self, y, p, t) -> None:
        if self.ignore is not None:
            counted = t != self.ignore
            p, t = p[counted], t[counted]
        self.counts += tally(p, t, self.classes)

    def result(self) -> float:
        return float(mean_overlap(_without(self.counts.copy(), self.ignore), self.background))

    def state(self) -> np.ndarray:
        return self.counts.copy()

    def load(self, state) -> None:
        self.counts[:] = state
