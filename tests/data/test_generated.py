"""The generated data sets."""

import numpy as np
import pytest

from tests.data.rig import loaded


def rows(source, seed=1):
    train = loaded(source, seed=seed, dtype="float64").splits["train"]
    return train.inputs["x"], train.target


def test_xor_is_its_truth_table():
    x, y = rows("xor")
    assert x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]] and y.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("kind", ["xor", "moons", "spirals", "blobs"])
def test_the_seed_decides(kind):
    source = {kind: {"n": 50, "noise": 0.2}}
    assert rows(source, 1)[0].tobytes() == rows(source, 1)[0].tobytes()
    assert rows(source, 1)[0].tobytes() != rows(source, 2)[0].tobytes()


@pytest.mark.parametrize("kind, classes", [("moons", 2), ("spirals", 3), ("blobs", 4)])
def test_classes_are_even(kind, classes):
    options = {"n": 240} | ({} if kind == "moons" else {"classes": classes})
    assert np.bincount(rows({kind: options})[1]).tolist() == [240 // classes] * classes


def test_moons_lie_on_two_half_circles():
    x, y = rows({"moons": {"noise": 0.0}})
    upper, lower = x[y == 0], x[y == 1] - [1, 0.5]
    assert np.allclose(np.hypot(*upper.T), 1) and np.allclose(np.hypot(*lower.T), 1)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0


def test_spirals_are_one_arm_turned():
    x, y = rows({"spirals": {"noise": 0.0, "classes": 3, "turns": 1.5}})
    radius, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])
    turn = (angle - 2 * np.pi * (1.5 * radius + y / 3)) / (2 * np.pi)
    assert np.allclose(turn, np.round(turn)) and radius.max() <= 1


def test_blobs_with_little_noise_are_parted_by_a_line():
    x, y = rows({"blobs": {"classes": 2, "distance": 4.0, "noise": 0.3}})
    assert np.array_equal(x[:, 0] < 0, y == 1)          # the centres lie at +2 and -2 on the first axis


def test_blob_centres_keep_their_distance():
    x, y = rows({"blobs": {"classes": 5, "features": 4, "noise": 0.0, "distance": 3.0}})
    centres = np.stack([x[y == c][0] for c in range(5)])
    assert np.allclose(np.linalg.norm(centres - np.roll(centres, 1, 0), axis=1), 3)
    assert not centres[:, 2:].any()


@pytest.mark.parametrize("length", [2, 9, 100])
def test_the_adding_problem_adds_one_number_of_each_half(length):
    x, t = rows({"adding_problem": {"n": 3000, "length": length}})
    values, marks, half = x[..., 0], x[..., 1], length // 2
    assert x.shape == (3000, length, 2) and values.min() >= 0 and values.max() < 1
    for part in (marks[:, :half], marks[:, half:]):
        assert set(np.unique(part.sum(1))) == {1} and part.any(0).all(), "each step is marked in some row"
    np.testing.assert_allclose(t.ravel(), (values * marks).sum(1))
    assert t.mean() == pytest.approx(1, abs=0.03) and t.var() == pytest.approx(1 / 6, rel=0.1)
