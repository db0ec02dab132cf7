"""The evaluation report: its numbers, its intervals, its baseline, and what it refuses."""

import json

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.engine.spec import Spec
from dlcli.errors import DataError, NumericalError
from dlcli.evaluation.report import report

NAMES = ["loss", "accuracy", "precision", "recall", "f1"]


def classes(*counts, labels=None, positive=None):
    return Data({}, {}, Spec((), "int", size=len(counts), counts=counts), "classification", labels, positive)


VALUES = Data({}, {}, Spec((1,)), "regression")


def binary(n, seed, skill=1.0):
    """Raw outputs, probabilities, targets and losses of a logistic model that is right about its probabilities."""
    rng = np.random.default_rng(seed)
    y = rng.normal(0, skill, (n, 1))
    p = 1 / (1 + np.exp(-y[:, 0]))
    t = (rng.random(n) < p).astype(np.int64)
    return y, p, t, -np.log(np.where(t == 1, p, 1 - p))


def multi(n, seed, k=4):
    rng = np.random.default_rng(seed)
    t = rng.integers(0, k, n)
    y = rng.normal(0, 1, (n, k)) + np.eye(k)[t]
    e = np.exp(y)
    return y, e / e.sum(1, keepdims=True), t


def test_binary_document_by_hand():
    p = np.array([0.9, 0.8, 0.6, 0.4, 0.3, 0.2])
    doc = report(p[:, None], p, np.array([1, 0, 1, 1, 0, 0]), 0.5, classes(10, 30, labels=["no", "yes"], positive=0))
    assert list(doc["metrics"]) == [*NAMES, "mse", "roc_auc", "average_precision"]
    assert doc["metrics"] == pytest.approx(
        {
            "loss": 0.5,
            "accuracy": 2 / 3,
            "precision": 2 / 3,
            "recall": 2 / 3,
            "f1": 2 / 3,
            "mse": 1.3 / 6,
            "roc_auc": 7 / 9,
            "average_precision": (1 + 1 + 3 / 5) / 3,
        }
    )
    assert doc["confusion"] == [[2, 1], [1, 2]]
    assert doc["per_class"][1] == pytest.approx(
        {"label": "yes", "precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "support": 3}
    )
    # the training split says yes three times in four
    assert doc["baseline"] == pytest.approx({"accuracy": 1 / 2, "precision": 0, "recall": 0, "f1": 0, "roc_auc": 1 / 2,
                                             "mse": (0.25 ** 2 + 0.75 ** 2) / 2, "average_precision": 1 / 2})
    assert "loss" not in doc["intervals"]
    json.dumps(doc, allow_nan=False)


def test_confusion_rows_are_truth_and_columns_prediction():
    p = np.eye(3)[[0, 1, 1, 2]]
    doc = report(p, p, np.array([0, 0, 1, 2]), 1.0, classes(2, 1, 1))
    assert doc["confusion"] == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert [row["label"] for row in doc["per_class"]] == ["0", "1", "2"] and [
        row["support"] for row in doc["per_class"]
    ] == [2, 1, 1]
    assert list(doc["metrics"]) == [
        *NAMES,
        *(f"{n}_{a}" for a in ("weighted", "micro") for n in NAMES[2:]),
        "mse",
        "roc_auc",
    ]
    assert doc["metrics"]["precision_weighted"] == pytest.approx((2 * 1 + 0.5 + 1) / 4)


def test_values_document_by_hand():
    t, p = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [3.0], [4.0]])
    doc = report(p, p, t, 2.5, VALUES, mean=[2.0], losses=np.array([0, 1, 4]))
    assert doc["metrics"] == pytest.approx(
        {"loss": 2.5, "mse": 5 / 3, "rmse": np.sqrt(5 / 3), "mae": 1, "r2": 1 - 5 / 14}
    )
    assert doc["baseline"] == pytest.approx({"mse": 17 / 3, "rmse": np.sqrt(17 / 3), "mae": 5 / 3, "r2": 1 - 17 / 14})
    assert list(doc["intervals"]) == list(doc["metrics"]) and "confusion" not in doc
    json.dumps(doc, allow_nan=False)
    assert report(p, p, t, 2.5, VALUES)["baseline"] is None


@pytest.mark.filterwarnings("error")
def test_what_is_not_defined_is_none():
    y, p, t, _ = binary(20, 0)
    doc = report(y, p, np.zeros_like(t), float("inf"), classes(3, 3, labels=["a", "b"], positive=1))
    assert (
        doc["metrics"]["loss"]
        is doc["metrics"]["roc_auc"]
        is doc["intervals"]["roc_auc"]
        is doc["baseline"]["roc_auc"]
        is None
    )
    assert doc["metrics"]["precision"] == 0
    json.dumps(doc, allow_nan=False)
    y, p, t = multi(20, 0)
    assert report(y, p, t % 3, 1.0, classes(1, 1, 1, 1))["metrics"]["roc_auc"] is None
    assert report(y[:1, :1], y[:1, :1], y[:1, :1], 1.0, VALUES)["metrics"]["r2"] is None
    unknown = Data({}, {}, Spec((), "int", size=4), "classification", list("abcd"))
    assert report(y, p, t, 1.0, unknown)["baseline"] is None
    doc = report(y, p, t, float("inf"), unknown, losses=np.full(20, np.inf))
    assert doc["metrics"]["loss"] is None and "loss" not in doc["intervals"]


def test_one_output_two_outputs_and_positions_agree():
    y, p, t, losses = binary(60, 1)
    data = classes(5, 4, labels=["a", "b"], positive=0)
    one = report(y, p, t, 1.0, data, losses=losses)
    other = np.random.default_rng(0).integers(-3, 4, y.shape) / 2
    two = report(np.hstack([other, other + y]), np.stack([1 - p, p], 1), t, 1.0, data, losses=losses)
    assert two["per_class"] == one["per_class"]
    for part in ("metrics", "baseline"):
        assert two[part] == pytest.approx(one[part], abs=1e-12)
    for name, bounds in one["intervals"].items():
        assert two["intervals"][name] == pytest.approx(bounds, abs=1e-12)
    y, p, t = multi(60, 2)
    folded = report(y.reshape(20, 3, 4), p.reshape(20, 3, 4), t.reshape(20, 3), 1.0, classes(1, 2, 3, 4))
    assert folded == report(y, p, t, 1.0, classes(1, 2, 3, 4))


def test_intervals_repeat_for_the_same_seed_only():
    y, p, t, losses = binary(150, 3)
    data = classes(1, 1, labels=["a", "b"], positive=1)
    first, again, other = (report(y, p, t, 1.0, data, losses=losses, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert all(
        first["intervals"][name] != other["intervals"][name] for name in ("loss", "mse", "roc_auc", "average_precision")
    )
    assert first["metrics"] == other["metrics"]


def test_a_vocabulary_has_no_table_per_class():
    rng = np.random.default_rng(0)
    t = rng.integers(0, 1500, 30)
    p = np.full((30, 1500), 1 / 1500)
    p[np.arange(15), t[:15]] = 0.9
    doc = report(p, p, t, 1.0, classes(*[1] * 1500))
    assert doc["per_class"] is doc["confusion"] is doc["metrics"]["roc_auc"] is None
    assert doc["metrics"]["accuracy"] == 0.5
    assert list(doc["intervals"]) == ["accuracy", *(f"{n}_micro" for n in NAMES[2:]), "mse", "roc_auc"]


def test_predictions_that_are_not_finite_are_an_error():
    y, p, t = multi(10, 0)
    p[3, 1] = np.nan
    with pytest.raises(NumericalError, match="1 of 10 predictions are not finite"):
        report(y, p, t, 1.0, classes(1, 1, 1, 1))
    with pytest.raises(NumericalError, match="2 of 3"):
        report(np.zeros((3, 1)), np.array([[np.inf], [0], [-np.inf]]), np.zeros((3, 1)), 1.0, VALUES)
    with pytest.raises(NumericalError, match="1 of 2"):
        report(np.array([[np.nan], [1.0]]), np.zeros(2), np.array([0, 1]), 1.0, classes(1, 1))
    with pytest.raises(DataError, match="no rows"):
        report(y[:0], p[:0], t[:0], 1.0, classes(1, 1, 1, 1))


def test_nothing_given_is_changed():
    y, p, t, losses = binary(50, 0)
    for a in (y, p, t, losses):
        a.flags.writeable = False
    report(y, p, t, 1.0, classes(1, 1, positive=1), losses=losses)
    report(y, y, y, 1.0, VALUES, mean=[0.0], losses=losses)
