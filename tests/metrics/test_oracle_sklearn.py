"""Every metric equals scikit-learn's, over random cases with ties, missing classes and constant predictions."""

import warnings

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

from .cases import probabilities

oracle = pytest.importorskip("sklearn.metrics")
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
NAMES = {"precision": oracle.precision_score, "recall": oracle.recall_score, "f1": oracle.f1_score}


def ours(kind, spec, y, p, t, positive=1, **options):
    metric = create("metrics", {kind: options})
    metric.start(spec, positive)
    for part in np.array_split(np.arange(len(t)), 3):
        metric.update(y[part], p[part], t[part])
    return metric.result()


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-9)


def rows(seed, classes):
    """Raw outputs and targets: sizes, number of ties, share of classes and skill all drawn at random."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 80))
    share = rng.dirichlet(np.full(classes, rng.choice([0.2, 1, 5])))        # often leaves classes out
    t = rng.choice(classes, n, p=share)
    y = rng.normal(0, 2, (n, classes)) + rng.choice([0, 1, 3]) * np.eye(classes)[t]
    y = [y, y.round(), np.zeros_like(y), np.tile(y[:1], (n, 1))][rng.integers(4)]
    return y, t


def calibration(sure, right, bins):
    """Expected calibration error bin by bin, as Guo et al. define it."""
    edges = np.arange(bins + 1) / bins
    error = 0.0
    for low, high in zip(edges, edges[1:]):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return error


def test_pixels_are_targets_like_rows():
    spec, rng = Spec((6, 5), "int", size=4), np.random.default_rng(0)
    y, t = rng.normal(0, 1, (9, 6, 5, 4)), rng.integers(0, 4, (9, 6, 5))
    chosen = y.argmax(-1).ravel()
    same(ours("mean_iou", spec, y, y, t), oracle.jaccard_score(t.ravel(), chosen, average="macro"))
    same(ours("accuracy", spec, y, y, t), oracle.accuracy_score(t.ravel(), chosen))
    same(ours("f1", spec, y, y, t), oracle.f1_score(t.ravel(), chosen, average="macro"))
    same(ours("top_k_accuracy", spec, y, y, t, k=2), oracle.top_k_accuracy_score(t.ravel(), y.reshape(-1, 4), k=2))


@pytest.mark.parametrize("positive", [0, 1])
@pytest.mark.parametrize("outputs", [1, 2])
def test_binary(outputs, positive):
    spec = Spec((), "int", size=2)
    for seed in range(150):
        y, t = rows(seed, 2)
        if outputs == 1:
            y = y[:, 1:] - y[:, :1]
        p = probabilities(y)
        one = p if outputs == 1 else p[:, 1]
        score = y[:, 0] if outputs == 1 else y[:, 1] - y[:, 0]
        chosen = (one > 0.5).astype(int)
        same(ours("accuracy", spec, y, p, t), oracle.accuracy_score(t, chosen))
        for kind, function in NAMES.items():
            same(ours(kind, spec, y, p, t, positive), function(t, chosen, pos_label=positive, zero_division=0))
        same(ours("mean_iou", spec, y, p, t), oracle.jaccard_score(t, chosen, average="macro"))
        same(
            ours("expected_calibration_error", spec, y, p, t, bins=7),
            calibration(np.maximum(one, 1 - one), chosen == t, 7),
        )
        same(ours("mse", spec, y, p, t), oracle.brier_score_loss(t, one))
        same(ours("roc_auc", spec, y, p, t, positive), oracle.roc_auc_score(t, score))
        same(ours("average_precision", spec, y, p, t, positive),
             oracle.average_precision_score(t == positive, score if positive else -score))


@pytest.mark.parametrize("classes", [3, 5, 12])
def test_multiclass(classes):
    spec, ranked = Spec((), "int", size=classes), 0
    for seed in range(150):
        y, t = rows(seed, classes)
        p = probabilities(y)
        chosen = p.argmax(1)
        same(ours("accuracy", spec, y, p, t), oracle.accuracy_score(t, chosen))
        for kind, function in NAMES.items():
            for average in ("macro", "weighted", "micro"):
                same(ours(kind, spec, y, p, t, average=average), function(t, chosen, average=average, zero_division=0))
        same(ours("mean_iou", spec, y, p, t), oracle.jaccard_score(t, chosen, average="macro"))
        named = [c for c in range(1, classes) if c in t or c in chosen]
        if named:
            same(
                ours("mean_iou", spec, y, p, t, background=False),
                oracle.jaccard_score(t, chosen, average="macro", labels=named),
            )
        judged = t != 1
        named = [c for c in range(classes) if c != 1 and (c in t[judged] or c in chosen[judged])]
        if named:
            same(ours("mean_iou", spec, y, p, t, ignore=1),
                 oracle.jaccard_score(t[judged], chosen[judged], average="macro", labels=named))
        same(ours("expected_calibration_error", spec, y, p, t, bins=5), calibration(p.max(1), chosen == t, 5))
        # scikit-learn breaks ties its own way; here the smaller id comes first
        apart = y + np.linspace(0, -1e-9, classes)
        for k in (1, 2, classes - 1):
            same(
                ours("top_k_accuracy", spec, y, y, t, k=k),
                oracle.top_k_accuracy_score(t, apart, k=k, labels=range(classes)),
            )
        same(ours("mse", spec, y, p, t), oracle.mean_squared_error(np.eye(classes)[t], p))
        same(
            ours("mse", spec, y, p, t),
            oracle.brier_score_loss(t, p, labels=range(classes), scale_by_half=False) / classes,
        )
        if len(np.unique(t)) == classes:
            same(ours("roc_auc", spec, y, p, t), oracle.roc_auc_score(t, p, multi_class="ovr"))
            ranked += 1
    assert ranked > 10


@pytest.mark.parametrize("outputs", [1, 3])
def test_values(outputs):
    spec, functions = Spec((outputs,)), {"mse": oracle.mean_squared_error, "rmse": oracle.root_mean_squared_error,
                                         "mae": oracle.mean_absolute_error, "r2": oracle.r2_score}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(1, 60))
        t = rng.normal(rng.choice([0, 100]), 2, (n, outputs))
        t = [t, t.round(), np.full_like(t, 3)][rng.integers(3)]
        p = [t + rng.normal(0, 1, t.shape), t.copy(), np.full_like(t, t.mean())][rng.integers(3)]
        for kind, function in functions.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                same(ours(kind, spec, p, p, t), function(t, p))
