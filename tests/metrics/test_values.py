"""Metrics against numbers worked out by hand."""

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

BINARY, THREE = Spec((), "int", size=2), Spec((), "int", size=3)
P = np.array([0.9, 0.8, 0.6, 0.4, 0.3, 0.2])
T = np.array([1, 0, 1, 1, 0, 0])
"""Above 0.5: two true positives, one false; below: one false negative, two true."""


def value(kind, p, t, spec=BINARY, positive=1, y=None, **options):
    metric = create("metrics", {kind: options})
    metric.start(spec, positive)
    p = np.asarray(p, float)
    metric.update((p[:, None] if p.ndim == 1 else p) if y is None else np.asarray(y, float), p, np.asarray(t))
    return metric.result()


@pytest.mark.parametrize("kind, positive, expected", [
    ("accuracy", 1, 4 / 6), ("precision", 1, 2 / 3), ("recall", 1, 2 / 3), ("f1", 1, 2 / 3),
    ("precision", 0, 2 / 3), ("recall", 0, 2 / 3),
    ("mse", 1, (0.01 + 0.64 + 0.16 + 0.36 + 0.09 + 0.04) / 6),
    ("roc_auc", 1, (3 + 2 + 2) / 9), ("roc_auc", 0, (3 + 2 + 2) / 9),
    ("average_precision", 1, (1 + 2 / 3 + 3 / 4) / 3), ("average_precision", 0, (1 + 1 + 3 / 5) / 3),
])
def test_binary(kind, positive, expected):
    assert value(kind, P, T, positive=positive) == pytest.approx(expected, abs=1e-15)


def test_positive_class_decides_whose_precision_and_recall():
    p, t = [0.9, 0.9, 0.9, 0.1], [1, 0, 0, 1]
    assert [value(k, p, t, positive=1) for k in ("precision", "recall", "f1")] == pytest.approx([1 / 3, 1 / 2, 2 / 5])
    assert [value(k, p, t, positive=0) for k in ("precision", "recall", "f1")] == [0, 0, 0]


def test_averages_over_classes():
    # class 0: predicted 2, right 2, true 3; class 1: predicted 3, right 1, true 1; class 2: predicted 0, true 1
    t, chosen = [0, 0, 0, 1, 2], [0, 0, 1, 1, 1]
    p = np.eye(3)[chosen]
    for kind, classes in (("precision", [1, 1 / 3, 0]), ("recall", [2 / 3, 1, 0]), ("f1", [4 / 5, 1 / 2, 0])):
        assert value(kind, p, t, THREE) == pytest.approx(sum(classes) / 3)
        assert value(kind, p, t, THREE, average="weighted") == pytest.approx(np.dot(classes, [3, 1, 1]) / 5)
        assert value(kind, p, t, THREE, average="micro") == pytest.approx(3 / 5)


def test_macro_leaves_out_a_class_that_is_neither_true_nor_predicted():
    p, t = np.eye(3)[[0, 2, 2]], [0, 2, 0]
    assert value("recall", p, t, THREE) == pytest.approx((1 / 2 + 1) / 2)


@pytest.mark.parametrize("t", [[0, 0, 0], [1, 1, 1]])
def test_division_by_zero_is_zero(t):
    p = [0.1, 0.2, 0.3]                 # class 1 is never predicted
    assert [value(kind, p, t) for kind in ("precision", "recall", "f1")] == [0, 0, 0]


def test_one_class_alone_has_no_roc_area():
    assert np.isnan(value("roc_auc", P, np.zeros(6, int))) and np.isnan(value("roc_auc", P, np.ones(6, int)))
    assert np.isnan(value("roc_auc", np.full((4, 3), 1 / 3), [0, 1, 0, 1], THREE))
    assert value("average_precision", P, np.zeros(6, int)) == 0
    assert value("average_precision", P, np.ones(6, int)) == 1


def test_ties_count_half_and_are_one_threshold():
    assert value("roc_auc", [0.5] * 4, [1, 0, 1, 0]) == 0.5
    assert value("average_precision", [0.5] * 4, [1, 0, 0, 0]) == 0.25
    # scores 0.8: one positive, one negative; 0.2: one positive, two negatives
    p, t = [0.8, 0.2, 0.8, 0.2, 0.2], [0, 0, 1, 1, 0]
    assert value("roc_auc", p, t) == pytest.approx((0.5 + 2 + 0.5 * 2) / 6)
    assert value("average_precision", p, t) == pytest.approx(0.5 * 1 / 2 + 0.5 * 2 / 5)


def test_order_is_read_from_raw_outputs_where_probabilities_are_rounded():
    y = np.array([[40.0], [50.0], [-80.0], [60.0]], np.float32)
    p = (1 / (1 + np.exp(-y[:, 0]))).astype(np.float32)
    assert p[0] == p[1] == 1
    assert value("roc_auc", p, [0, 1, 0, 1], y=y) == value("average_precision", p, [0, 1, 0, 1], y=y) == 1


def test_the_first_class_wins_a_tie():
    assert value("accuracy", [0.5, 0.5], [0, 1]) == 0.5 == value("accuracy", [[0.5, 0.5], [0.5, 0.5]], [0, 1])
    assert value("recall", [0.5, 0.5], [0, 1], positive=0) == 1


def test_accuracy_counts_positions():
    p = np.eye(3)[[[0, 1], [2, 2]]]
    assert value("accuracy", p, [[0, 1], [0, 2]], Spec((2,), "int", size=3)) == 0.75
    assert value("accuracy", np.array([[0.9, 0.1], [0.9, 0.9]]), [[1, 0], [0, 1]], Spec((2,), "int", size=2)) == 0.75


def test_what_is_not_a_number_is_never_among_the_best():
    nan = np.nan
    p = [[nan, 0.6, 0.4], [0.5, nan, 0.4], [nan, nan, nan], [0.1, 0.2, 0.7]]
    assert [value("top_k_accuracy", p, [0, 1, 2, 2], THREE, k=k) for k in (1, 3)] == [0.25, 0.25]
    assert value("top_k_accuracy", p, [1, 2, 0, 1], THREE, k=2) == 0.75
    assert value("top_k_accuracy", [nan, 0.9], [0, 1], k=2) == 0.5


def test_brier_score_of_classes_is_the_mean_over_rows_and_classes():
    assert value("mse", [[0.5, 0.3, 0.2]], [0], THREE) == pytest.approx((0.25 + 0.09 + 0.04) / 3)


def test_errors_of_values():
    t, p = np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([[2.0, 0.0], [3.0, 4.0]])
    two = Spec((2,))
    assert value("mse", p, t, two) == (1 + 16) / 4
    assert value("mae", p, t, two) == (1 + 4) / 4
    assert value("rmse", p, t, two) == pytest.approx((np.sqrt(1 / 2) + np.sqrt(16 / 2)) / 2)
    # the second output does not vary and is missed
    assert value("r2", p, t, two) == pytest.approx((1 - 1 / 2 + 0) / 2)


def test_r2_of_constants_and_few_rows():
    one = Spec((1,))
    constant = np.full((7, 1), 0.1)
    assert value("r2", constant, constant, one) == 1
    assert value("r2", constant + 1, constant, one) == 0
    assert np.isnan(value("r2", constant[:1], constant[:1], one))
    t = np.array([[1.0], [2.0], [3.0]])
    assert value("r2", np.full((3, 1), 2.0), t, one) == 0
    assert value("r2", t[::-1], t, one) == -3


def test_r2_is_exact_far_from_zero_and_in_batches():
    rng = np.random.default_rng(0)
    t = 1.7e9 + rng.normal(0, 1, (64, 1))
    p = t + rng.normal(0, 0.1, t.shape)
    expected = 1 - np.square(p - t).sum() / np.square((t - 1.7e9) - (t - 1.7e9).mean()).sum()
    metric = create("metrics", "r2")
    metric.start(Spec((1,)))
    for row in range(0, 64, 5):
        metric.update(p[row:row + 5], p[row:row + 5], t[row:row + 5])
    assert metric.result() == pytest.approx(expected, abs=1e-12)


def test_forecasts():
    spec = Spec((2,), scale=(2.0, 0.5))
    p, t = [[1.0, 4.0], [5.0, 0.0]], [[3.0, 3.0], [5.0, 0.0]]
    assert value("mase", p, t, spec) == pytest.approx(((2 + 0) / 2 / 2 + (1 + 0) / 2 / 0.5) / 2)
    assert value("smape", p, t, spec) == pytest.approx((2 * 2 / 4 + 2 * 1 / 7 + 0 + 0) / 4)      # 0 / 0 counts as 0
    quantiles = [[0, 1, 2, 2, 4, 6], [5, 6, 7, 1, 2, 0]]
    assert value("coverage", p, t, spec, y=quantiles) == 3 / 4            # 3 is above 2; ends and crossed ones count
    assert np.isnan(value("mase", p, t, Spec((2,), scale=(2.0, 0.0))))
    with pytest.raises(ValueError, match="for forecasts of a series"):
        value("mase", p, t, Spec((2,)))
