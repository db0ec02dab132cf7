"""The evaluation report: its numbers, its intervals, its baseline, and what it refuses."""

import json

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.engine.spec import Spec
from dlcli.engine.streams import Stream
from dlcli.errors import DataError, NumericalError
from dlcli.evaluation import intervals
from dlcli.evaluation.report import report
from dlcli.metrics.formulas import ranking, weighted

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


def naive(metrics_of, n, resamples=1500):
    """Percentile bootstrap by drawing rows and computing everything anew."""
    rng = np.random.default_rng(9)
    drawn = [metrics_of(rng.integers(0, n, n)) for _ in range(resamples)]
    return {name: np.nanquantile([values[name] for values in drawn], (0.025, 0.975)) for name in drawn[0]}


def assert_like(doc, expected):
    """Both ends within 0.12 of the interval's width: the noise of 1,000 resamples."""
    for name, (low, high) in expected.items():
        assert doc["intervals"][name] == pytest.approx([low, high], abs=0.12 * (high - low)), name


def test_a_proportion_has_wilsons_interval():
    """Against the definition: the shares whose standard error, at that share, is as far from the one seen as 1.96
    normal ones."""
    for hits, n in ((1, 1), (0, 1), (10, 10), (0, 4), (3, 7), (45, 60)):
        share, (low, high) = hits / n, intervals.proportion(hits / n, n)
        for bound in (low, high):
            assert (bound - share) ** 2 == pytest.approx(1.959963984540054 ** 2 * bound * (1 - bound) / n, abs=1e-12)
        assert 0 <= low <= share <= high <= 1 and high - low > 0.2
    assert intervals.proportion(1.0, 1) == pytest.approx([0.2065, 1], abs=1e-4) and intervals.proportion(0.0, 0) is None


def test_a_perfect_score_is_not_certain():
    t = np.arange(30) % 2
    p = np.where(t == 1, 0.9, 0.1)
    data = classes(1, 1, labels=["a", "b"], positive=1)
    found = report(p[:, None], p, t, 0.1, data, losses=np.full(30, 0.1))["intervals"]
    assert found["accuracy"] == pytest.approx([0.8865, 1], abs=1e-4)
    assert found["precision"] == found["recall"] == pytest.approx([0.7961, 1], abs=1e-4)
    assert {name for name, bounds in found.items() if bounds is None} == {
        "loss",
        "f1",
        "mse",
        "roc_auc",
        "average_precision",
    }
    found = report(p[:, None], p, 1 - t, 3.0, data)["intervals"]
    assert found["accuracy"] == pytest.approx([0, 0.1135], abs=1e-4)
    p = np.eye(3)[t]
    found = report(p, p, t, 0.0, classes(1, 1, 1))["intervals"]
    assert (
        found["recall_micro"] == found["accuracy"] == pytest.approx([0.8865, 1], abs=1e-4) and found["recall"] is None
    )


@pytest.mark.parametrize(("n", "known"), [(1, False), (9, False), (10, True)])
def test_a_few_rows_say_nothing_but_of_proportions(n, known):
    y, p, t, losses = binary(n, 3)
    found = report(y, p, t, 1.0, classes(1, 1, positive=1), losses=losses)["intervals"]
    assert found["accuracy"] is not None and (found["loss"] is not None) == (found["mse"] is not None) == known
    y = np.random.default_rng(0).normal(0, 1, (n, 1))
    found = report(y, y, y ** 2, 1.0, VALUES, losses=losses)["intervals"]
    assert [bounds is not None for bounds in found.values()] == [known] * 5


@pytest.mark.parametrize("n", [60, 200])
def test_binary_intervals_are_those_of_drawing_rows(n):
    y, p, t, losses = binary(n, 4)
    y, weights = y.round(1), np.where(t == 1, 3.0, 1.0)
    doc = report(y, p, t, 1.0, classes(1, 1, labels=["a", "b"], positive=1), losses=losses, weights=weights)

    def draw(rows):
        order, starts = ranking.thresholds(y[rows, 0])
        c = ranking.curve(t[rows][order] == 1, starts, np.ones(n))
        chosen, truth = p[rows] > 0.5, t[rows] == 1
        return {
            "loss": np.average(losses[rows], weights=weights[rows]),
            "accuracy": (chosen == truth).mean(),
            "precision": (chosen & truth).sum() / max(1, chosen.sum()),
            "recall": (chosen & truth).sum() / truth.sum(),
            "f1": 2 * (chosen & truth).sum() / (chosen.sum() + truth.sum()),
            "mse": np.square(p[rows] - truth).mean(),
            "roc_auc": ranking.roc_area(c),
            "average_precision": ranking.precision_area(c),
        }
    expected = naive(draw, n)
    assert list(expected) == list(doc["metrics"])
    assert_like(doc, expected)


def test_multiclass_intervals_are_those_of_drawing_rows():
    y, p, t = multi(300, 5)
    doc = report(y, p, t, 1.0, classes(1, 1, 1, 1))

    def draw(rows):
        chosen, truth = p[rows].argmax(1), t[rows]
        hits = np.bincount(truth[chosen == truth], minlength=4)
        recall = hits / np.bincount(truth, minlength=4)
        return {
            "accuracy": (chosen == truth).mean(),
            "recall": recall.mean(),
            "precision_weighted": (
                hits / np.bincount(chosen, minlength=4) * np.bincount(truth, minlength=4) / 300
            ).sum(),
            "roc_auc": ranking.one_against_rest(p[rows], truth)[0],
            "mse": np.square(p[rows] - np.eye(4)[truth]).mean(),
        }

    assert_like(doc, naive(draw, 300))


@pytest.mark.parametrize("n", [40, 300])
def test_intervals_of_values_are_those_of_drawing_rows(n):
    rng = np.random.default_rng(6)
    t = rng.normal(50, [1, 3], (n, 2))
    p = t + rng.standard_t(4, (n, 2))
    doc = report(p, p, t, 1.0, VALUES)

    def draw(rows):
        e, d = np.square(p[rows] - t[rows]), np.square(t[rows] - t[rows].mean(0))
        return {"mse": e.mean(), "rmse": np.sqrt(e.mean(0)).mean(), "mae": np.abs(p[rows] - t[rows]).mean(),
                "r2": (1 - e.sum(0) / d.sum(0)).mean()}
    assert_like(doc, naive(draw, n))


def test_many_rows_need_fewer_resamples(monkeypatch):
    y, p, t, losses = binary(4000, 7)
    data = classes(1, 1, labels=["a", "b"], positive=1)
    every = report(y, p, t, losses.mean(), data, losses=losses)
    monkeypatch.setattr(intervals, "ROWS", 800)
    some = report(y, p, t, losses.mean(), data, losses=losses)
    assert some["metrics"] == every["metrics"]
    for name, (low, high) in every["intervals"].items():
        assert some["intervals"][name] == pytest.approx([low, high], abs=0.1 * (high - low)), name
    p = np.where(t == 1, 1.0, 0.0)
    assert report(p[:, None], p, t, 0.0, data)["intervals"]["roc_auc"] is None
    p[np.flatnonzero(t)[0]] = -1                # one positive below all others
    low, high = report(p[:, None], p, t, 0.0, data)["intervals"]["roc_auc"]
    assert 0.998 < low < high <= 1


def test_a_resample_of_one_value_has_no_variation():
    """Targets that are nearly all equal: most resamples are constant, and rounding must not become a huge R^2."""
    t = np.full((30, 1), 0.1)
    t[0] = 7
    low, high = report(t + 0.01, t + 0.01, t, 1.0, VALUES)["intervals"]["r2"]
    assert low == 0 and 0.99 < high <= 1


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Truth: the value on 200,000 rows of the same distribution. 95 % of 150 intervals, at n = 120, within four
    standard errors."""
    y, p, t, losses = binary(200_000, 8)
    data = classes(1, 1, labels=["a", "b"], positive=1)
    measure = weighted.join(weighted.binary(y, p, t, 1), weighted.loss(losses, None))
    truth = weighted.point(measure, len(t)) | {"accuracy": ((p > 0.5) == t).mean()}
    held = dict.fromkeys(truth, 0)
    for seed in range(150):
        y, p, t, losses = binary(120, 1000 + seed)
        found = report(y, p, t, 1.0, data, losses=losses, seed=seed)["intervals"]
        for name in truth:
            held[name] += found[name][0] <= truth[name] <= found[name][1]
    assert all(0.88 <= count / 150 <= 0.995 for count in held.values()), held


def test_resampled_counts_add_up():
    confusion = np.array([[5, 1, 0], [0, 3, 0], [2, 0, 0]])
    hits, predicted, actual = intervals.of_counts(confusion, Stream(0, "test").at())
    assert hits.shape == (1000, 3)
    assert (predicted.sum(1) == 11).all() and (actual.sum(1) == 11).all()
    assert (hits <= predicted).all() and (hits <= actual).all()
    for counts, expected in ((hits, [5, 3, 0]), (predicted, [7, 4, 0]), (actual, [6, 3, 2])):
        np.testing.assert_allclose(counts.mean(0), expected, atol=0.3)


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
