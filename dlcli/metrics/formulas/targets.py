"""What metrics ask of the target, and how a prediction becomes a class."""

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.engine.spec import Spec


def need_classes(metric: Metric, t: Spec) -> int:
    """The number of classes of a target of class ids."""
    if t.dtype != "int":
        raise ValueError(
            f"{metric.kind} needs class labels as its target, got values; mse, rmse, mae and r2 are for values"
        )
    return t.size


def need_binary(metric: Metric, t: Spec) -> None:
    """The target must hold two classes."""
    if need_classes(metric, t) != 2:
        raise ValueError(f"{metric.kind} needs two classes, the target has {t.size}; roc_auc also takes more")


def need_values(metric: Metric, t: Spec) -> None:
    """The target must hold values."""
    if t.dtype != "float":
        raise ValueError(
            f"{metric.kind} needs values as its target, got class labels; accuracy, f1 and mse judge classes"
        )


def decide(p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The class ids that predictions p stand for, in the shape of the targets t.

    One number per target is the probability of class 1, which is chosen above 0.5. Otherwise the last axis has a
    probability per class, and the largest is chosen. The first class wins a tie, in both forms.
    """
    if p.size == t.size:
        return (p.reshape(t.shape) > 0.5).astype(np.int64)
    return p.argmax(-1)


def both(p: np.ndarray, t: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """A probability for each class (targets, classes), also if one number per target is that of class 1; and targets
    (targets,)."""
    t = t.ravel()
    if t.size and p.size == t.size:
        one = p.reshape(t.size, 1).astype(np.float64)
        return np.hstack([1 - one, one]), t
    return p.reshape(t.size, classes), t
