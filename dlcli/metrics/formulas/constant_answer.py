"""The answer that knows the training targets alone and is always the same: of classes the most frequent one, with the
classes' shares as probabilities; of values the mean. What it reaches is the baseline of a network."""

import numpy as np

from dlcli.metrics.formulas import weighted


def shares(counts: tuple[int, ...]) -> np.ndarray:
    """The share of each class (classes,), float64. counts: rows (pixels) of each class in the training split."""
    return np.array(counts) / sum(counts)


def probabilities(counts: tuple[int, ...], rows: int) -> np.ndarray:
    """Its probabilities for so many rows (rows, classes): the shares, in each."""
    return np.broadcast_to(shares(counts), (rows, len(counts)))


def confusion(counts: tuple[int, ...], support: np.ndarray) -> np.ndarray:
    """Its confusion matrix (truth, prediction) on rows of which `support` (classes,) are of each class."""
    return np.outer(support, np.arange(len(counts)) == shares(counts).argmax())


def of_values(mean: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """Its "mse", "rmse", "mae" and "r2" for values t (rows, outputs). mean: of each output, in training."""
    return weighted.point(weighted.values(np.broadcast_to(mean, t.shape), t), len(t))
