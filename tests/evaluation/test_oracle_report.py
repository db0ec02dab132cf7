"""Every number of the report equals scikit-learn's, the baselines its dummy models."""

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.engine.spec import Spec
from dlcli.evaluation.report import report

oracle = pytest.importorskip("sklearn.metrics")
dummy = pytest.importorskip("sklearn.dummy")
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
SCORES = {"precision": oracle.precision_score, "recall": oracle.recall_score, "f1": oracle.f1_score}


def same(found, expected):
    assert list(found) == list(expected)
    for name, value in expected.items():
        if np.isnan(value):
            assert found[name] is None, name
        else:
            np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-9, err_msg=name)


def judge(t, chosen, p, positive, score):
    """What scikit-learn says, with our names."""
    k, values = p.shape[1], {"accuracy": oracle.accuracy_score(t, chosen)}
    if positive is None:
        for average in ("macro", "weighted", "micro"):
            suffix = "" if average == "macro" else f"_{average}"
            values |= {name + suffix: f(t, chosen, average=average, zero_division=0) for name, f in SCORES.items()}
        area = oracle.roc_auc_score(t, p, multi_class="ovr") if len(np.unique(t)) == k else np.nan
        return values | {"mse": oracle.mean_squared_error(np.eye(k)[t], p), "roc_auc": area}
    values |= {name: f(t, chosen, pos_label=positive, zero_division=0) for name, f in SCORES.items()}
    score = score if positive else -score
    return values | {"mse": oracle.brier_score_loss(t, p[:, 1]), "roc_auc": oracle.roc_auc_score(t == positive, score),
                     "average_precision": oracle.average_precision_score(t == positive, score)}


@pytest.mark.parametrize("classes, positive", [(2, 0), (2, 1), (3, None), (6, None)])
@pytest.mark.parametrize("seed", range(12))
def test_classification(classes, positive, seed):
    rng = np.random.default_rng(seed)
    n, shares = int(rng.integers(2, 70)), rng.dirichlet(np.full(classes, rng.choice([0.3, 4])))
    t = rng.choice(classes, n, p=shares)
    train = np.concatenate([np.arange(classes), rng.choice(classes, 50, p=shares)])
    y = (rng.normal(0, 2, (n, classes)) + np.eye(classes)[t]).round(rng.integers(0, 3))
    p = np.exp(y)
    p /= p.sum(1, keepdims=True)
    counts = tuple(np.bincount(train, minlength=classes).tolist())
    data = Data(
        {},
        {},
        Spec((), "int", size=classes, counts=counts),
        "classification",
        [f"c{c}" for c in range(classes)],
        positive,
    )
    doc = report(y, p, t, 0.25, data)
    chosen, score = p.argmax(1), y[:, 1] - y[:, 0]
    same(doc["metrics"], {"loss": 0.25} | judge(t, chosen, p, positive, score))
    assert doc["confusion"] == oracle.confusion_matrix(t, chosen, labels=range(classes)).tolist()
    columns = oracle.precision_recall_fscore_support(t, chosen, labels=range(classes), zero_division=0)
    for row, label, numbers in zip(doc["per_class"], data.labels, zip(*columns), strict=True):
        assert row.pop("label") == label
        same(row, dict(zip(("precision", "recall", "f1", "support"), numbers)))
    model = dummy.DummyClassifier(strategy="prior").fit(train[:, None], train)
    prior = model.predict_proba(t[:, None])
    same(doc["baseline"], judge(t, model.predict(t[:, None]), prior, positive, prior[:, 1]))


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_values(outputs, seed):
    rng = np.random.default_rng(seed)
    train, t = rng.normal(40, 5, (30, outputs)), rng.normal(41, 5, (rng.integers(1, 50), outputs))
    p = t + rng.normal(0, 2, t.shape)
    doc = report(p, p, t, 0.5, Data({}, {}, Spec((outputs,)), "regression"), mean=train.mean(0))

    def judged(p):
        return {"mse": oracle.mean_squared_error(t, p), "rmse": oracle.root_mean_squared_error(t, p),
                "mae": oracle.mean_absolute_error(t, p), "r2": oracle.r2_score(t, p)}
    same(doc["metrics"], {"loss": 0.5} | judged(p))
    same(doc["baseline"], judged(dummy.DummyRegressor().fit(train, train).predict(t).reshape(t.shape)))
