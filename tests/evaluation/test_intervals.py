"""Intervals: those of drawing rows again and again, and what a few rows say."""

import numpy as np
import pytest

from dlcli.engine.streams import Stream
from dlcli.evaluation import intervals
from dlcli.evaluation.report import report
from dlcli.metrics.formulas import ranking, weighted
from tests.evaluation.test_report import VALUES, binary, classes, multi


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
