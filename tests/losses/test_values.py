"""Values worked out by hand, and rules that have a name."""

import math

import numpy as np
import pytest

from dlcli.engine.spec import Spec

from .cases import BINARY, ONE, Case
from .rig import Rig


def rig(case, y, t, dtype=np.float64):
    r = Rig(case, rows=len(y), dtype=dtype)
    r.y[...], r.t[...] = np.reshape(y, r.y.shape), np.reshape(t, r.t.shape)
    return r


def test_balanced_weights_make_every_class_count_alike():
    t = Spec((), "int", size=3, counts=(6, 3, 1))
    r = rig(
        Case("cross_entropy", Spec((3,)), t, {"class_weights": "balanced"}), np.zeros((10, 3)), [0] * 6 + [1] * 3 + [2]
    )
    assert r.loss.table.tolist() == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    assert r.loss.weight(r.t) == pytest.approx(10)
    assert r.forward() == pytest.approx(10 * math.log(3))
    assert np.abs(r.backward().sum(axis=0)).max() < 1e-12


def test_balanced_positive_weight_is_negatives_to_positives():
    r = rig(Case("binary_cross_entropy", ONE, BINARY, {"positive_weight": "balanced"}), [0.0, 0.0], [0, 1])
    assert r.forward() == pytest.approx((1 + 6 / 2) * math.log(2))


@pytest.mark.parametrize("right", [20.0, 50.0, 1e4])
def test_sure_and_right_costs_next_to_nothing_but_is_not_negative(right):
    for case, y, t in ((Case("cross_entropy", Spec((2,)), BINARY), [[0, right]], [1]),
                       (Case("binary_cross_entropy", ONE, BINARY), [right], [1]),
                       (Case("binary_cross_entropy", ONE, BINARY), [-right], [0])):
        r = rig(case, y, t)
        assert r.forward() == pytest.approx(math.log1p(math.exp(-right)), rel=1e-6, abs=1e-15)
        assert np.abs(r.backward()).max() == pytest.approx(math.exp(-right) if right < 700 else 0, rel=1e-5, abs=1e-15)


@pytest.mark.parametrize("wrong", [50.0, 70.0, 95.0, 1e4])
def test_sure_and_wrong_costs_the_difference(wrong):
    r = rig(Case("cross_entropy", Spec((3,)), Spec((), "int", size=3)), [[wrong, 0, 0], [1, 1, 1]], [1, 0], np.float32)
    assert r.forward() == pytest.approx(wrong + math.log(3), rel=1e-6)
    np.testing.assert_allclose(r.backward(0.5), [[0.5, -0.5, 0], [-1 / 3, 1 / 6, 1 / 6]], atol=1e-6)


def test_perceptron_is_rosenblatt_s_rule():
    r = rig(Case("perceptron", ONE, BINARY), [2.0, -2.0, 2.0, -2.0, 0.0, 0.0], [1, 0, 0, 1, 0, 1])
    assert r.forward() == 4
    assert r.backward()[:, 0].tolist() == [0, 0, 1, -1, 1, -1], "a score of 0 is a mistake for either class"
    assert r.loss.predict(r.y).tolist() == [1, 0, 1, 0, 1, 1], "as layer step answers"


def test_perceptron_of_several_classes_moves_the_rival_and_the_target():
    r = rig(Case("perceptron", Spec((3,)), Spec((), "int", size=3)), [[0, 0, 0], [0, 0, 0], [1, 3, 2]], [0, 2, 2])
    assert r.forward() == 1
    assert r.backward().tolist() == [[0, 0, 0], [1, 0, -1], [0, 1, -1]]
    assert r.loss.predict(r.y).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_hinge_wants_a_margin_of_one():
    r = rig(Case("hinge", ONE, BINARY), [0.4, 2.0, -3.0], [1, 1, 1])
    assert r.forward() == pytest.approx(0.6 + 0 + 4)
    assert r.backward()[:, 0].tolist() == [-1, 0, -1]
    r = rig(Case("hinge", Spec((3,)), Spec((), "int", size=3)), [[2, 1.5, 0], [3, 1, 1]], [0, 0])
    assert r.forward() == pytest.approx(0.5)
    assert r.backward().tolist() == [[-1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(("kind", "total"), [("mse", 0.25 + 0.36), ("mae", 0.5 + 0.6), ("huber", (0.25 + 0.36) / 2)])
def test_one_output_can_fit_two_classes(kind, total):
    r = rig(Case(kind, ONE, BINARY, {"one_hot": True}), [0.5, 0.4], [0, 1])
    assert r.forward() == pytest.approx(total)
    assert r.loss.weight(r.t) == 2
    assert r.loss.predict(r.y).tolist() == [0.5, 0.4]


def test_mean_over_elements_like_pytorch():
    r = rig(Case("mse", Spec((3,)), Spec((3,))), [[1, 2, 3], [4, 5, 6]], np.zeros((2, 3)))
    assert r.forward() / r.loss.weight(r.t) == pytest.approx(91 / 6)


def test_huber_is_square_near_and_straight_far():
    r = rig(Case("huber", Spec((3,)), Spec((3,)), {"delta": 0.5}), [[-2, 0.1, 0.75]], np.zeros((1, 3)))
    assert r.forward() == pytest.approx(0.5 * 1.75 + 0.01 / 2 + 0.5 * 0.5)
    assert r.backward()[0].tolist() == pytest.approx([-0.5, 0.1, 0.5])


def test_what_is_ignored_adds_nothing():
    case = Case("cross_entropy", Spec((2, 2, 3)), Spec((2, 2), "int", size=3), {"ignore": 1})
    r = Rig(case, rows=2)
    r.t[...] = [[[0, 1], [2, 1]], [[1, 1], [1, 0]]]
    total, dy, weight = r.forward(), r.backward().copy(), r.loss.weight(r.t)
    assert weight == 3 and not dy[r.t == 1].any() and dy[r.t != 1].all()
    r.y[r.t == 1] = 5 - r.y[r.t == 1]
    assert r.forward() == pytest.approx(total, rel=1e-12) and np.allclose(r.backward(), dy)
    r.t[...] = 1
    assert r.forward() == r.loss.weight(r.t) == 0


def test_focal_fades_what_is_right():
    case = Case("focal", Spec((2,)), Spec((), "int", size=2))
    scores = np.log([[9.0, 1.0], [1.0, 9.0]])
    r = rig(case, scores, [0, 0])
    plain = rig(Case("cross_entropy", case.y, case.t), scores, [0, 0])
    plain.forward()
    r.forward()
    assert r.loss.losses == pytest.approx([0.01 * -np.log(0.9), 0.81 * -np.log(0.1)])
    easy, hard = np.abs(r.backward()).sum(1) / np.abs(plain.backward()).sum(1)
    assert easy < 0.03 and hard > 0.8


def test_dice_is_one_minus_the_overlap():
    case = Case("dice", Spec((4, 1)), Spec((4,), "int", size=2), {"smooth": 1e-6})
    r = rig(case, [[-50, -50, 50, 50]], [[0, 1, 1, 0]])
    assert r.forward() == pytest.approx(1 - 2 * 1 / (2 + 2), abs=1e-6)
    r.t[...] = [[0, 0, 1, 1]]
    assert r.forward() == pytest.approx(0, abs=1e-6)
    r.t[...] = 0
    assert r.forward() == pytest.approx(1, abs=1e-6)


def test_dice_counts_a_small_class_like_a_large_one():
    case = Case("dice", Spec((100, 2)), Spec((100,), "int", size=2), {"smooth": 1e-9})
    y = np.tile([50.0, -50.0], (1, 100, 1))         # everything is background
    t = np.zeros((1, 100), int)
    t[0, :2] = 1
    assert rig(case, y, t).forward() == pytest.approx(1 - (2 * 98 / 198 + 0) / 2)
    alone = Case("dice", case.y, case.t, {"smooth": 1e-9, "background": False})
    assert rig(alone, y, t).forward() == pytest.approx(1)


def test_pinball_by_hand():
    case = Case("pinball", Spec((6,)), Spec((2,)), {"quantiles": [0.1, 0.5, 0.8]})
    r = rig(case, [[1.0, 2.0, 5.0, 7.0, 3.0, 4.0]], [[2.0, 4.0]])
    assert r.forward() == pytest.approx(0.1 * 1 + 0 + 0.2 * 3 + 0.9 * 3 + 0.5 * 1 + 0) and r.loss.weight(r.t) == 6
    np.testing.assert_allclose(r.backward(), [[-0.1, 0, 0.2, 0.9, -0.5, 0]])
    assert r.loss.predict(r.y).tolist() == [[2, 4]]       # the second's quantiles cross: 3, 4, 7


@pytest.mark.parametrize("quantiles, y", [([0.5, 0.1], 2), ([0.1, 0.9], 2), ([0.1, 0.5], 3)])
def test_quantiles_that_do_not_fit(quantiles, y):
    with pytest.raises(ValueError, match="quantiles"):
        Rig(Case("pinball", Spec((y,)), ONE, {"quantiles": quantiles}))
