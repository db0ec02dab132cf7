"""What holds for every loss: a test per row of the table makes all checks."""

import dataclasses
import inspect
import tracemalloc
from math import prod

import numpy as np
import pytest

from dlcli.engine.registry import find, kinds
from tests.rows import hold

from .cases import CASES
from .rig import Rig


def test_every_loss_and_option_has_a_case():
    for kind in kinds("losses"):
        cases = [case for case in CASES if case.kind == kind]
        assert cases, kind
        for option in dataclasses.fields(find("losses", kind)):
            assert any(option.name in case.options for case in cases), (kind, option.name)


@pytest.mark.parametrize("kind", kinds("losses"))
def test_is_documented(kind):
    cls = find("losses", kind)
    assert inspect.getdoc(cls) and "predict" in inspect.getdoc(cls)


def gradient_matches_finite_difference(case):
    rig = Rig(case)
    rig.forward()
    dy = rig.backward(0.7).copy()
    rng, y, h = np.random.default_rng(3), rig.y.copy(), 1e-6
    for _ in range(3):
        while True:
            v, ends, pieces = rng.standard_normal(y.shape), [], []
            for sign in (1, -1):
                rig.y[...] = y + sign * h * v
                pieces.append(rig.loss.piece(rig.y, rig.t))
                ends.append(rig.forward())
            if pieces[0] is None or np.array_equal(*pieces):
                break
        expected = 0.7 * (ends[0] - ends[1]) / (2 * h)
        assert abs(np.vdot(dy, v) - expected) <= 1e-7 * np.abs(dy * v).sum()


def writes_everything_and_changes_nothing_else(case):
    rig = Rig(case)
    y, t = rig.y.copy(), rig.t.copy()
    assert isinstance(rig.loss.weight(rig.t), float)
    first, dy = rig.forward(), rig.backward().copy()
    assert isinstance(first, float) and np.isfinite(first) and np.isfinite(dy).all()
    assert np.array_equal(y, rig.y) and np.array_equal(t, rig.t)
    assert rig.forward() == first and np.array_equal(rig.backward(), dy), "a second batch in the same memory"


def follows_what_the_batch_holds(case):
    rig, other = Rig(case), Rig(case, seed=8)
    rig.forward()
    rig.backward()
    names = ("y", "t", "lengths", "target_lengths")
    for mine, new in ((getattr(rig, name), getattr(other, name)) for name in names):
        if mine is not None:
            mine[...] = new
    assert rig.forward() == other.forward() and np.array_equal(rig.backward(), other.backward())
    other.y, other.t = rig.y[::-1].copy(), rig.t[::-1].copy()
    for mine, new in {id(a): (a, b) for a, b in ((other.lengths, rig.lengths),
                                                 (other.target_lengths, rig.target_lengths))}.values():
        if mine is not None:
            mine[...] = new[::-1].copy()
    assert other.forward() == pytest.approx(rig.forward(), rel=1e-12), "arrays of its own"
    np.testing.assert_allclose(other.backward()[::-1], rig.backward(), rtol=1e-12)


def gradient_takes_the_scale(case):
    rig = Rig(case)
    rig.forward()
    whole = rig.backward().copy()
    np.testing.assert_allclose(rig.backward(0.125), whole * 0.125, rtol=1e-12)


def whole_is_the_sum_of_its_shards(case):
    whole = Rig(case)
    total, dy, weight = whole.forward(), whole.backward().copy(), whole.loss.weight(whole.t)
    parts = [whole.part(slice(0, 5)), whole.part(slice(5, 8))]
    assert sum(part.forward() for part in parts) == pytest.approx(total, rel=1e-12)
    assert sum(part.loss.weight(part.t) for part in parts) == pytest.approx(weight, rel=1e-12)
    np.testing.assert_allclose(np.concatenate([part.backward() for part in parts]), dy, rtol=1e-12)


def padded_positions_count_for_nothing(case):
    if not (case.y.lengths or case.t.lengths):
        return
    rig = Rig(case)
    total, weight = rig.forward(), rig.loss.weight(rig.t)
    dy = rig.backward().copy()
    pad, target_pad = rig.padding()
    assert (pad.any() or target_pad.any()) and not dy[pad].any()
    rig.y[pad], rig.t[target_pad] = np.nan, -9
    with np.errstate(invalid="ignore"):
        assert rig.forward() == total and rig.loss.weight(rig.t) == weight
        assert np.array_equal(rig.backward(), dy)
    row = rig.part(slice(0, 1))
    steps, most = np.count_nonzero(~pad[0]), np.count_nonzero(~target_pad[0])
    case = dataclasses.replace(
        case, y=type(case.y)((steps, *case.y[1:])), t=type(case.t)((most, *case.t[1:]), case.t.dtype, case.t.size)
    )
    short = Rig(case, rows=1)
    short.y, short.t = row.y[:, :steps].copy(), row.t[:, :most].copy()
    short.bind()
    with np.errstate(invalid="ignore"):
        assert row.forward() == pytest.approx(short.forward(), rel=1e-12)
    assert row.loss.weight(row.t) == pytest.approx(short.loss.weight(short.t))


def does_not_allocate_a_batch(case):
    """Twice the rows do not need more new memory. NumPy's own buffers stop growing at 8192 positions."""
    peaks, few = [], 8200 // min(prod(case.y[:-1]), prod(case.t)) + 1
    for rows in (few, 2 * few):
        rig = Rig(case, rows=rows, dtype=np.float32)
        for measured in (False, True):      # the first round may prepare constants
            if measured:
                tracemalloc.start()
            rig.loss.forward(rig.y, rig.t)
            rig.loss.backward(rig.y, rig.t, rig.dy, 0.5)
            rig.loss.weight(rig.t)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < rig.y.nbytes / 32, peaks


def works_in_the_network_s_precision(case):
    for dtype in (np.float32, np.longdouble):
        rig, exact = Rig(case, dtype=dtype), Rig(case)
        exact.y[...] = rig.y
        if case.t.dtype == "float":
            exact.t[...] = rig.t
        tolerance = float(max(np.finfo(dtype).eps, np.finfo(float).eps))
        assert rig.forward() == pytest.approx(exact.forward(), rel=20 * tolerance), dtype
        np.testing.assert_allclose(
            rig.backward(0.1), exact.backward(0.1), rtol=100 * tolerance, atol=tolerance, err_msg=str(dtype)
        )
        assert rig.loss.predict(rig.y).dtype == dtype


def huge_scores_give_finite_numbers(case):
    rig = Rig(case, dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        rig.y *= 1e4
        assert np.isfinite(rig.forward()) and np.isfinite(rig.backward(0.1)).all()
        assert np.isfinite(rig.loss.predict(rig.y)).all()


def predicts_in_the_documented_shape(case):
    rig = Rig(case)
    y = rig.y.copy()
    p = rig.loss.predict(rig.y)
    single = case.t.dtype == "int" and case.y[-1] == 1
    of_quantiles = rig.loss.quantiles is not None       # one of them is predicted
    assert p.shape == (rig.t.shape if of_quantiles else rig.y.shape[:-1] if single else rig.y.shape)
    p.fill(0)
    assert np.array_equal(y, rig.y), "a new array"
    if rig.loss.prediction_layer and "softmax" in rig.loss.prediction_layer and not single:
        np.testing.assert_allclose(rig.loss.predict(rig.y).sum(-1), 1, rtol=1e-12)


def one_step_down_the_gradient_lowers_the_loss(case):
    rig = Rig(case)
    before = rig.forward()
    rig.y -= 1e-3 * rig.backward()
    assert rig.forward() < before


def says_what_it_measures(case):
    """With all options at their defaults, of a single output per row or one per class."""
    if case.options or case.y.lengths or case.t.lengths:
        return
    rig = Rig(case)
    if not rig.loss.aligned:
        assert rig.loss.measures is None
        return
    mean, p, t = rig.forward() / rig.loss.weight(rig.t), rig.loss.predict(rig.y), rig.t
    alike = t.shape == p.shape
    squares = np.mean(np.square(p - t)) if alike else np.nan
    with np.errstate(all="ignore"):             # predictions of hinge, say, are no probabilities
        right = t * np.log(p) + (1 - t) * np.log(1 - p) if alike else np.log(np.take_along_axis(p, t[..., None], -1))
    likelihood = np.mean(right)
    measured = {"squares": squares, "log_likelihood": -likelihood}
    found = [name for name, value in measured.items() if mean == pytest.approx(value, rel=1e-9)]
    assert [rig.loss.measures] == (found or [None])


CHECKS = [gradient_matches_finite_difference, writes_everything_and_changes_nothing_else,
          follows_what_the_batch_holds, gradient_takes_the_scale, whole_is_the_sum_of_its_shards,
          padded_positions_count_for_nothing, does_not_allocate_a_batch, works_in_the_network_s_precision,
          huge_scores_give_finite_numbers, predicts_in_the_documented_shape,
          one_step_down_the_gradient_lowers_the_loss, says_what_it_measures]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everything_holds(case):
    hold((check, case) for check in CHECKS)
