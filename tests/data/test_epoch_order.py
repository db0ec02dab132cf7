"""The order of an epoch."""

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.data.epoch_order import EpochOrder
from dlcli.engine.batches import Batching
from dlcli.errors import ConfigError


def rows(target) -> Dataset:
    return Dataset({"x": np.zeros((len(target), 2), np.float32)}, np.asarray(target))


def epoch_order(train: Dataset, size: int, **options) -> EpochOrder:
    return EpochOrder(train, Batching(counts=(len(train),), sizes=(size,)), **options)


def test_each_row_once_an_epoch_in_a_new_order():
    batches = epoch_order(rows(np.arange(50)), 8, seed=1)
    first, second = batches.order(0), batches.order(1)
    assert sorted(first) == sorted(second) == list(range(50)) and first.tolist() != second.tolist()
    assert first.dtype == np.int64


def test_an_epoch_is_keyed_not_remembered():
    batches = epoch_order(rows(np.arange(50)), 8, seed=1)
    ninth = batches.order(9).tolist()
    batches.order(3)
    assert batches.order(9).tolist() == ninth == epoch_order(rows(np.arange(50)), 50, seed=1).order(9).tolist()
    assert epoch_order(rows(np.arange(50)), 8, seed=2).order(9).tolist() != ninth


@pytest.mark.parametrize("size, count", [(8, 7), (50, 1), (1, 50), (25, 2), (99, 1)])
def test_number_of_batches(size, count):
    assert len(epoch_order(rows(np.arange(50)), size, seed=1)) == count


def test_without_shuffling_rows_stay_as_they_are():
    assert epoch_order(rows(np.arange(5)), 2, seed=1, shuffle=False).order(3).tolist() == [0, 1, 2, 3, 4]


def test_balanced_sampling_draws_classes_equally_often():
    target = np.array([0] * 85 + [1] * 5 + [2] * 11)
    batches = epoch_order(rows(target), 8, seed=1, sampling="balanced")
    for epoch in range(20):
        order = batches.order(epoch)
        assert len(order) == 101 and sorted(np.bincount(target[order])) == [33, 34, 34]
        times = np.bincount(order, minlength=101)
        assert times[:85].max() == 1 and set(times[85:90]) <= {6, 7} and set(times[90:]) <= {3, 4}
    drawn = np.bincount(np.concatenate([batches.order(epoch) for epoch in range(200)]), minlength=101)
    assert drawn[:85].min() > 50        # in the long run every row of the large class has its turn
    assert batches.order(0).tolist() == epoch_order(rows(target), 8, seed=1, sampling="balanced").order(0).tolist()


def test_balanced_sampling_passes_over_a_class_without_rows():
    assert len(epoch_order(rows([0, 0, 3, 3, 3]), 2, seed=1, sampling="balanced").order(0)) == 5


@pytest.mark.parametrize("target, options, problem", [(np.ones((4, 1)), {}, "one class per row"),
                                                      ([0, 1], {"shuffle": False}, "at random")])
def test_balanced_sampling_needs_classes_and_chance(target, options, problem):
    with pytest.raises(ConfigError, match=problem):
        epoch_order(rows(target), 1, seed=1, sampling="balanced", **options)
