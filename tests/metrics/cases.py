"""One row per metric, form of target and output, and set of options; and how random rows for it are drawn."""

from dataclasses import dataclass, field

import numpy as np

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

BINARY, FIVE, TEN = Spec((), "int", size=2), Spec((), "int", size=5), Spec((), "int", size=10)
WORDS, ANSWERS = Spec((3,), "int", size=5), Spec((3,), "int", size=2)
"""A class for each of three positions."""
MASK = Spec((4, 2), "int", size=5)
"""A class for each pixel of a picture of 4 x 2."""
ONE, TWO = Spec((1,)), Spec((2,))


@dataclass
class Case:
    kind: str
    t: Spec
    outputs: int
    options: dict = field(default_factory=dict)
    positive: int = 1

    def __str__(self):
        shape = "x".join(map(str, (*self.t, self.outputs)))
        target = f"{self.t.size}classes" if self.t.dtype == "int" else "values"
        return "-".join(
            [self.kind, target, shape, f"positive={self.positive}", *(f"{k}={v}" for k, v in self.options.items())]
        )

    def metric(self):
        """The metric, started."""
        metric = create("metrics", {self.kind: self.options})
        metric.start(self.t, self.positive)
        return metric

    def add(self, metric, y, p, t) -> None:
        """Update the metric with rows, as lists if it wants whole ones."""
        metric.update(*((list(y), list(p), list(t)) if metric.whole_rows else (y, p, t)))

    def perfect(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Raw outputs and predictions that say nothing but the targets."""
        if self.t.dtype == "float":
            return t, t
        if self.outputs == 1:
            return (t * 2e3 - 1e3)[..., None], t.astype(float)
        if self.outputs == self.t.size + 1:         # as loss ctc has them, a blank behind each token
            t = np.stack([t, np.full_like(t, self.t.size)], -1).reshape(len(t), -1)
        return 1e3 * np.eye(self.outputs)[t], np.eye(self.outputs)[t]

    def rows(self, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Raw outputs, predictions and targets, with ties among the scores."""
        return draw(np.random.default_rng(seed), self.t, self.outputs, count)


def draw(rng: np.random.Generator, t: Spec, outputs: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if t.dtype == "float":
        target = rng.normal(3, 2, (count, *t))
        y = target + rng.normal(0, 1, target.shape)
        return y, y.copy(), target
    target = rng.integers(0, t.size, (count, *t))
    y = rng.normal(0, 1, (*target.shape, outputs)).round(1)
    return y, probabilities(y), target


def probabilities(y: np.ndarray) -> np.ndarray:
    """What `Loss.predict` makes of scores: sigmoid of one output, softmax of more."""
    if y.shape[-1] == 1:
        return 1 / (1 + np.exp(-y[..., 0]))
    e = np.exp(y - y.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


CASES = [
    *(Case(kind, MASK, 5) for kind in ("accuracy", "mse", "precision", "recall", "f1")),
    *(Case(kind, t, outputs, options)
      for kind, options in (("mean_iou", {}), ("mean_iou", {"background": False}), ("mean_iou", {"ignore": 1}),
                            ("top_k_accuracy", {"k": 1}),
                            ("expected_calibration_error", {}), ("expected_calibration_error", {"bins": 4}))
      for t, outputs in ((BINARY, 1), (BINARY, 2), (FIVE, 5), (MASK, 5))),
    Case("top_k_accuracy", TEN, 10),
    *(Case(kind, t, outputs) for kind in ("perplexity", "bits_per_character")
      for t, outputs in ((BINARY, 1), (BINARY, 2), (FIVE, 5), (WORDS, 5))),
    *(Case(kind, t, outputs) for kind in ("token_error_rate", "sequence_accuracy")
      for t, outputs in ((WORDS, 5), (WORDS, 6), (ANSWERS, 1), (ANSWERS, 2), (ANSWERS, 3))),
    *(Case("top_k_accuracy", t, 5, {"k": 3}) for t in (FIVE, MASK)),
    *(Case(kind, t, outputs) for kind in ("accuracy", "mse", "precision", "recall", "f1", "roc_auc")
      for t, outputs in ((BINARY, 1), (BINARY, 2), (FIVE, 5), (WORDS, 5))),
    *(Case(kind, BINARY, outputs, positive=0) for kind in ("precision", "recall", "f1", "roc_auc", "average_precision")
      for outputs in (1, 2)),
    *(Case(kind, FIVE, 5, {"average": average}) for kind in ("precision", "recall", "f1")
      for average in ("macro", "weighted", "micro")),
    *(Case("average_precision", BINARY, outputs) for outputs in (1, 2)),
    *(Case(kind, t, len(t) and t[0]) for kind in ("mse", "rmse", "mae", "r2", "smape", "coverage") for t in (ONE, TWO)),
    Case("mase", Spec((2,), scale=(0.5, 4.0)), 2),
]
