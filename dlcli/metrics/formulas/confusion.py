"""Precision, recall and F1: counts per class, the three formulas, and how classes are averaged."""

from typing import ClassVar, Literal

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.targets import decide, need_classes

Average = Literal["macro", "weighted", "micro"]


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, and 0 if b is 0."""
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=b != 0)


FORMULAS = {
    "precision": lambda hits, predicted, actual: ratio(hits, predicted),
    "recall": lambda hits, predicted, actual: ratio(hits, actual),
    "f1": lambda hits, predicted, actual: ratio(2 * hits, predicted + actual),
}


def tally(p: np.ndarray, t: np.ndarray, classes: int) -> np.ndarray:
    """Per class, how often it was predicted rightly, predicted, and true: (3, classes) int64."""
    chosen, t = decide(p, t).ravel(), t.ravel()
    return np.stack([np.bincount(ids, minlength=classes) for ids in (t[chosen == t], chosen, t)])


def score(name: str, counts: np.ndarray, average: str = "macro", positive: int | None = None) -> np.ndarray:
    """One number from counts (3, ..., classes) as `tally` gives them; axes between are kept.

    With `positive`, the formula for that class. Otherwise `macro`: the mean over the classes that occur in the targets
    or the predictions; `weighted`: the mean weighted by each class's number of targets; `micro`: the formula on the
    sums over classes. Division by zero gives 0. All of it as scikit-learn does.
    """
    formula, (hits, predicted, actual) = FORMULAS[name], counts
    if positive is not None:
        return formula(hits, predicted, actual)[..., positive]
    if average == "micro":
        return formula(hits.sum(-1), predicted.sum(-1), actual.sum(-1))
    weight = actual if average == "weighted" else (predicted + actual > 0).astype(float)
    return ratio((formula(hits, predicted, actual) * weight).sum(-1), weight.sum(-1))


class Confusion(Metric):
    """Abstract: what precision, recall and F1 gather."""

    task: ClassVar[str] = "classification"
    by_choice: ClassVar[bool] = True

    def start(self, t: Spec, positive: int | None = 1) -> None:
        self.classes = need_classes(self, t)
        self.positive = (1 if positive is None else positive) if self.classes == 2 else None
        self.counts = np.zeros((3, self.classes), np.int64)

    def update(self, y, p, t) -> None:
        self.counts += tally(p, t, self.classes)

    def result(self) -> float:
        return (
            float(score(self.kind, self.counts, self.average, self.positive)) if self.counts[2].any() else float("nan")
        )

    def state(self) -> np.ndarray:
        return self.counts.copy()

    def load(self, state) -> None:
        self.counts[:] = state
