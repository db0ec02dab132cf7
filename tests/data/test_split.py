"""Dividing rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcli.data.settings import Split
from dlcli.data.split import divide, shares_of
from dlcli.errors import ConfigError, DataError
from tests.data.rig import loaded


def parts(seed=1, rows=100, classes=None, shuffle=True, delivered=(), **shares):
    return divide(shares_of(Split(**shares), set(delivered)), rows, classes, shuffle, seed)


def test_parts_are_disjoint_and_complete():
    found = parts(rows=103, train=0.6, validation=0.15, test=0.25)
    assert [len(found[name]) for name in ("train", "validation", "test")] == [62, 15, 26]
    assert sorted(np.concatenate(list(found.values()))) == list(range(103))
    assert all(np.all(np.diff(rows) > 0) for rows in found.values())


def test_the_seed_alone_decides():
    assert parts(3, validation=0.5)["train"].tolist() == parts(3, validation=0.5)["train"].tolist()
    assert parts(3, validation=0.5)["train"].tolist() != parts(4, validation=0.5)["train"].tolist()


def test_a_seed_of_its_own_divides_as_the_configs_does():
    """And changes nothing else: that of the config still decides the rest."""
    def digits(config, **split):
        return loaded("digits", seed=config, split={"test": 0.25, **split})

    own, config, other = digits(5, seed=3), digits(3), digits(5)
    for name in ("train", "test"):
        rows = [data.traces[name].numbers.tolist() for data in (own, config, other)]
        assert rows[0] == rows[1] != rows[2]
        assert np.array_equal(own.splits[name].inputs["x"], config.splits[name].inputs["x"])
    same, mine, new = (loaded({"moons": {"n": 40}}, seed=5, split=split).splits["train"].inputs["x"]
                       for split in ({}, {"seed": 5}, {"seed": 6}))
    assert same.tobytes() == mine.tobytes() and set(map(tuple, same)) == set(map(tuple, new)), "the same points"


def test_what_is_left_out_is_used_nowhere():
    found = parts(train=0.5, test=0.2)
    assert {name: len(rows) for name, rows in found.items()} == {"train": 50, "test": 20}


def test_without_shuffling_rows_are_cut_in_their_order():
    found = parts(rows=10, validation=0.2, test=0.3, shuffle=False)
    assert [rows.tolist() for rows in found.values()] == [[0, 1, 2, 3, 4], [5, 6], [7, 8, 9]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(0, 99))
def test_each_class_keeps_its_share(sizes, seed):
    """Within one row per class and split, and within one row in total; each class is in training."""
    classes, shares = np.repeat(np.arange(len(sizes)), sizes), {"train": 0.6, "validation": 0.15, "test": 0.25}
    if len(classes) < 10:
        return
    found = parts(seed, len(classes), classes, **shares)
    # a class of one row is always trained on, which others make up for
    small = sum(size * 0.6 < 1 for size in sizes)
    for name, share in shares.items():
        counts = np.bincount(classes[found[name]], minlength=len(sizes))
        assert np.all(np.abs(counts - share * np.array(sizes)) < 1 + 1e-9 + (np.array(sizes) * 0.6 < 1))
        assert abs(counts.sum() - share * len(classes)) < 1 + 1e-9 + small
    assert set(classes[found["train"]]) == set(range(len(sizes)))


def test_digits_are_stratified_exactly():
    data = loaded("digits", split={"train": 0.6, "validation": 0.15, "test": 0.25})
    assert [len(data.splits[name]) for name in data.splits] == [1078, 270, 449]
    assert list(data.splits) == ["train", "validation", "test"] and data.rows == {
        "train": 1078,
        "validation": 270,
        "test": 449,
    }
    whole = np.bincount(loaded("digits").splits["train"].target)
    for name, share in (("train", 0.6), ("validation", 0.15), ("test", 0.25)):
        assert np.all(np.abs(np.bincount(data.splits[name].target) - share * whole) < 1)


def test_a_seed_keeps_its_split():
    """The split is part of every result: the rows of a seed may not drift from version to version."""
    found = parts(7, 30, np.arange(30) % 3, train=0.6, validation=0.2, test=0.2)
    assert found["train"].tolist() == [1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16, 18, 20, 21, 22, 26, 27]
    assert found["validation"].tolist() == [0, 6, 10, 11, 25, 29] and found["test"].tolist() == [12, 17, 19, 23, 24, 28]


def test_stratification_can_be_left_out():
    data = loaded("iris", split={"test": 0.3, "stratify": False})
    assert np.bincount(data.splits["test"].target).tolist() != [15, 15, 15]


@pytest.mark.parametrize("options, error, where, problem", [
    ({"train": 0.8, "test": 0.4}, ConfigError, "data.split", "add up to 1.2"),
    ({"validation": 0.6, "test": 0.4}, ConfigError, "data.split", "nothing is left for training"),
    ({"rows": 4, "test": 0.1}, DataError, "data.split.test", "0.1 of 4 rows"),
    ({"test": 0.2, "delivered": ["test"]}, ConfigError, "data.split.test", "brings a test split of its own"),
])
def test_impossible_splits(options, error, where, problem):
    with pytest.raises(error, match=problem) as caught:
        parts(**options)
    assert caught.value.where == where


def test_a_regression_has_no_classes_to_stratify():
    with pytest.raises(ConfigError, match="one class per row"):
        loaded("diabetes", split={"test": 0.2, "stratify": True})


def test_a_delivered_split_is_left_as_it_is(tmp_path):
    for name, n in (("a.npz", 40), ("b.npz", 7)):
        np.savez(tmp_path / name, x=np.arange(n * 2.0).reshape(n, 2), y=np.arange(n) % 2)
    data = loaded({"npz": {"file": {"train": "a.npz", "test": "b.npz"}}}, tmp_path, split={"validation": 0.25})
    assert data.rows == {"train": 30, "validation": 10, "test": 7}
    assert data.splits["test"].inputs["x"].tolist() == np.arange(14.0).reshape(7, 2).tolist()
