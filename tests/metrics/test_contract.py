"""What holds for every metric: a test per row of the table makes all checks."""

from dataclasses import fields

import numpy as np
import pytest

from dlcli.engine.registry import find, kinds
from tests.rows import hold

from .cases import BINARY, CASES, FIVE, ONE, Case, probabilities

AVERAGES = {"macro", "weighted", "micro"}
EXACT = {"rtol": 0, "atol": 1e-12}


def test_every_metric_and_option_has_a_case():
    assert {case.kind for case in CASES} == set(kinds("metrics"))
    for kind in kinds("metrics"):
        cls, cases = find("metrics", kind), [case for case in CASES if case.kind == kind]
        assert cls.task in ("any", "classification", "binary", "regression") and cls.better in ("min", "max")
        dtypes = {"any": {"int", "float"}, "regression": {"float"}}.get(cls.task, {"int"})
        assert {case.t.dtype for case in cases} == dtypes
        assert {name for case in cases for name in case.options} == {f.name for f in fields(cls)}
        if hasattr(cls, "average"):
            assert {case.options.get("average") for case in cases} >= AVERAGES


def batches_give_what_all_rows_give_at_once(case):
    y, p, t = case.rows(41)
    once, batched = case.metric(), case.metric()
    case.add(once, y, p, t)
    buffers = [np.empty((16, *a.shape[1:]), a.dtype) for a in (y, p, t)]
    for start, end in ((0, 16), (16, 16), (16, 17), (17, 32), (32, 41)):
        views = [b[:end - start] for b in buffers]
        for view, a in zip(views, (y, p, t)):
            view[:] = a[start:end]
        case.add(batched, *views)
        for view in views:                      # the caller's memory is its own again
            view[:] = 1
    assert isinstance(once.result(), float)
    np.testing.assert_allclose(batched.result(), once.result(), **EXACT)


def state_goes_through_a_checkpoint(case):
    y, p, t = case.rows(40)
    metric, twin = case.metric(), case.metric()
    case.add(twin, y[20:], p[20:], t[20:])         # load replaces what was there
    case.add(metric, y[:25], p[:25], t[:25])
    state = metric.state()
    saved = state.copy()
    case.add(metric, y[25:], p[25:], t[25:])
    assert isinstance(state, np.ndarray) and np.array_equal(state, saved)
    twin.load(state)
    case.add(twin, y[25:], p[25:], t[25:])
    assert np.array_equal(state, saved)
    state.fill(7)
    taken = metric.state()
    taken.fill(7)
    assert twin.result() == metric.result()
    empty = case.metric().state()
    twin.load(empty)
    case.add(twin, y, p, t)
    metric.start(case.t, case.positive)
    case.add(metric, y, p, t)
    assert twin.result() == metric.result()


def start_forgets_and_nothing_is_not_a_number(case):
    metric = case.metric()
    assert np.isnan(metric.result())
    case.add(metric, *case.rows(30, seed=1))
    metric.start(case.t, case.positive)
    assert np.isnan(metric.result())
    case.add(metric, *(a[:0] for a in case.rows(30)))
    assert np.isnan(metric.result())


def inputs_are_not_changed(case):
    arrays = case.rows(20)
    copies = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    metric = case.metric()
    case.add(metric, *arrays)
    metric.result()
    assert all(np.array_equal(a, c) for a, c in zip(arrays, copies))


def order_of_rows_does_not_matter(case):
    arrays, order = case.rows(60), np.random.default_rng(3).permutation(60)
    a, b = case.metric(), case.metric()
    case.add(a, *arrays)
    case.add(b, *(array[order] for array in arrays))
    np.testing.assert_allclose(a.result(), b.result(), **EXACT)


def float32_is_summed_in_float64(case):
    y, p, t = (a.astype(np.float32) if a.dtype == np.float64 else a for a in case.rows(300))
    small, exact = case.metric(), case.metric()
    for row in range(300):
        case.add(small, y[row:row + 1], p[row:row + 1], t[row:row + 1])
    case.add(exact, *(a.astype(np.float64) if a.dtype == np.float32 else a for a in (y, p, t)))
    np.testing.assert_allclose(small.result(), exact.result(), **EXACT)


def the_better_end_is_perfect(case):
    y, p, t = case.rows(40)
    metric = case.metric()
    case.add(metric, y, p, t)
    y, p = case.perfect(t)
    perfect = case.metric()
    case.add(perfect, y, p, t)
    assert perfect.result() == (1 if perfect.better == "max" or case.kind == "perplexity" else 0)
    assert (perfect.result() > metric.result()) == (perfect.better == "max")


def a_target_of_the_wrong_sort_is_refused(case):
    wrong = {"classification": [ONE], "binary": [ONE, FIVE], "regression": [BINARY], "any": []}[case.metric().task]
    for t in wrong:
        with pytest.raises(ValueError, match=f"^{case.kind} needs .*[,;] "):
            case.metric().start(t)


CHECKS = [batches_give_what_all_rows_give_at_once, state_goes_through_a_checkpoint,
          start_forgets_and_nothing_is_not_a_number, inputs_are_not_changed, order_of_rows_does_not_matter,
          float32_is_summed_in_float64, the_better_end_is_perfect, a_target_of_the_wrong_sort_is_refused]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everything_holds(case):
    hold((check, case) for check in CHECKS)


@pytest.mark.parametrize("kind", ["accuracy", "mse", "precision", "recall", "f1", "roc_auc", "average_precision"])
@pytest.mark.parametrize("positive", [0, 1])
def test_one_output_and_softmax_of_two_agree(kind, positive):
    y, _, t = Case(kind, BINARY, 1).rows(50)
    y = (8 * y).round() / 8                     # differences below are exact, so ties stay ties
    p = probabilities(y)
    one, two = Case(kind, BINARY, 1, positive=positive).metric(), Case(kind, BINARY, 2, positive=positive).metric()
    one.update(y, p, t)
    other = np.random.default_rng(0).integers(-3, 4, y.shape) / 2
    two.update(np.hstack([other, other + y]), np.stack([1 - p, p], 1), t)
    np.testing.assert_allclose(two.result(), one.result(), **EXACT)
