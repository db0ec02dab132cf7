"""Whether a network does better than the constant answer: the most frequent class, or the mean."""

from dataclasses import fields
from math import log

import numpy as np

from dlcli.data.fitted import unscale_target
from dlcli.metrics.formulas import constant_answer
from dlcli.training.experiment import Experiment

COMMON = 0.9
"""A class of this share of the training rows (pixels), or more, makes accuracy say little."""
ERRORS = ("rmse", "mse", "mae")
"""Metrics of values of which one is compared, the first that there is."""


def learned_nothing(metrics: dict, e: Experiment) -> bool:
    """Whether the training split, of which these are the loss and metrics, is answered no better than by a constant.

    If nearly all is one class, accuracy says too little, and the loss must be above that of the classes' shares as
    well.
    """
    if e.data.target.counts and "accuracy" in metrics:
        shares = [share for share in constant_answer.shares(e.data.target.counts).tolist() if share]
        if metrics["accuracy"] > max(shares):
            return False
        entropy = -sum(share * log(share) for share in shares)
        return max(shares) < COMMON or is_plain_cross_entropy(e) and metrics.get("loss", 0.0) > entropy
    if metrics.get("r2") is not None:
        return metrics["r2"] <= 0
    return worse(metrics, baseline(e, "train")) is not None


def worse(metrics: dict, constant: dict) -> tuple[str, float, float] | None:
    """(metric, its value, that of a constant answer) if a network is worse; None if it is not, or nobody knows.

    Of classes both must be worse, the accuracy and what is known of the probabilities: the Brier score, else the loss.
    """
    def pair(name: str) -> tuple | None:
        both = metrics.get(name), constant.get(name)
        return None if None in both else (name, *both)

    if accuracy := pair("accuracy"):
        doubt = next((found for name in ("mse", "loss") if (found := pair(name))), None)
        return accuracy if accuracy[1] < accuracy[2] and (doubt is None or doubt[1] > doubt[2]) else None
    error = next((found for name in ERRORS if (found := pair(name))), None)
    if error is None and (r2 := pair("r2")):
        return r2 if r2[1] < r2[2] else None
    return error if error is not None and error[1] > error[2] else None


def baseline(e: Experiment, split: str) -> dict[str, float]:
    """Metrics, in the target's own units, of an answer that knows the training targets alone: of classes "accuracy"
    and, if the loss is the cross-entropy of the rows as they are, "loss"; of values "mse", "rmse", "mae" and "r2".
    Empty if one cannot say."""
    data = e.data
    if split not in data.splits or not len(data.splits[split]):
        return {}
    if data.task == "regression":
        train, t = (_own_units(e, name) for name in ("train", split))
        return constant_answer.of_values(train.mean(0), t)
    if data.target or not data.target.counts or not counts_classes_alike(e):
        return {}
    t, shares = np.asarray(data.splits[split].target[:]), constant_answer.shares(data.target.counts)
    found = {"accuracy": float(np.mean(t == shares.argmax()))}
    if is_plain_cross_entropy(e) and shares[t].min() > 0:
        found["loss"] = float(-np.log(shares[t]).mean())
    return found


def constant_loss(e: Experiment, split: str) -> float | None:
    """The loss of an answer that knows the training targets alone, if the loss is the mean of squares or the plain
    cross-entropy."""
    if e.data.task == "regression" and e.loss.measures == "squares" and split in e.data.splits:
        train, t = (e.data.splits[name].target[:].astype(np.float64) for name in ("train", split))
        return float(np.square(t - train.mean(0)).mean())
    return baseline(e, split).get("loss")


def _own_units(e: Experiment, split: str) -> np.ndarray:
    """The values of a regression's target, (rows, k) float64, as the user knows them."""
    values = e.data.splits[split].target[:].astype(np.float64)
    return unscale_target(e.data.fitted, values).reshape(len(values), -1)


def counts_classes_alike(e: Experiment) -> bool:
    """Whether sampling and loss count all classes alike: then accuracy is what training was for."""
    return e.sampling == "uniform" and getattr(e.loss, "class_weights", None) is None \
        and getattr(e.loss, "positive_weight", 1.0) == 1.0


def is_plain_cross_entropy(e: Experiment) -> bool:
    """Whether the loss is the cross-entropy of the rows as they are."""
    usual = all(getattr(e.loss, option.name) == option.default for option in fields(e.loss))
    return e.loss.measures == "log_likelihood" and usual and e.sampling == "uniform"


def sentence(found: tuple[str, float, float], task: str, number) -> str:
    """What `worse` found, in words. number: writes a number for people."""
    name, value, constant = found
    answer = "the most frequent class" if task == "classification" else "the mean of the training targets"
    return f"{name} {number(value)}, and always answering {answer} gets {number(constant)}"
