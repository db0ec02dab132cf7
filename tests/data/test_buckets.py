"""Which rows are computed together: buckets of about one length."""

from itertools import combinations

import numpy as np
import pytest

from dlcli.data.buckets import bounds_of, bucket_of
from dlcli.data.dataset import Data
from dlcli.data.load import describe
from dlcli.data.settings import DataSettings, Split
from dlcli.errors import ConfigError
from dlcli.storage.forms import FormError
from tests.data.rig import csv, loaded


def padded(bounds: list[int], lengths: np.ndarray, longest: int) -> int:
    """Steps of all rows in such buckets."""
    ends = np.array([*bounds, longest])
    return ends[np.searchsorted(ends, lengths)].sum()


@pytest.mark.parametrize("seed", range(8))
def test_no_other_bounds_pad_less(seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, 20)
    longest = int(lengths.max()) + 3 * (seed % 2)
    for count in (1, 2, 3, 4):
        found = bounds_of(count, lengths, longest)
        others = [some for k in range(count) for some in combinations(set(lengths.tolist()) - {longest}, k)]
        assert found == sorted(found) and len(found) < count
        assert padded(found, lengths, longest) == min(padded(sorted(some), lengths, longest) for some in others)


def test_auto_takes_the_fewest_that_are_enough():
    rng = np.random.default_rng(0)
    lengths = np.concatenate([rng.integers(5, 9, 500), rng.integers(30, 34, 500)])
    bounds = bounds_of("auto", lengths, 33)
    assert bounds == [8] and padded(bounds, lengths, 33) <= 1.1 * lengths.sum() < padded([], lengths, 33)
    assert bounds_of("auto", np.full(9, 7), 7) == [] == bounds_of("auto", np.array([3]), 7)
    wide = rng.integers(1, 3000, 5000)
    bounds = bounds_of("auto", wide, 3000)
    counts = np.bincount(np.searchsorted(bounds, wide))
    assert len(bounds) == 7 and counts.min() >= 5000 // 64 and padded(bounds, wide, 3000) < 1.2 * wide.sum()


def test_asked_for():
    lengths = np.array([1, 2, 3, 9, 10])
    assert bounds_of([2, 5, 10, 40], lengths, 10) == [2, 5]
    assert bounds_of(2, lengths, 10) == [3] and not bounds_of(1, lengths, 9)
    assert bounds_of(16, lengths, 10) == [1, 2, 3, 9]
    for wrong in ([3, 2], [2, 2]):
        with pytest.raises(ConfigError, match="must ascend"):
            bounds_of(wrong, lengths, 10)


def texts(folder, **options) -> dict:
    """Rows of two texts: the second is twice as long as the first."""
    rows = "".join(f"{'a ' * n},{'b ' * (2 * n)},{n % 2}\n" for n in (1, 2, 3, 4, 5, 20) * 6)
    return csv(folder, "u,v,y\n" + rows, types={"u": "tokens", "v": "tokens"}, **options)


def test_every_row_fits_into_its_bucket_and_none_into_one_before(tmp_path):
    data = loaded(texts(tmp_path), tmp_path, split={"train": 0.5, "test": 0.5}, buckets=[10, 12])
    assert [bucket.inputs for bucket in data.buckets] == [{"u": 5, "v": 10}, {"u": 6, "v": 12}]
    for name, split in data.splits.items():
        for row, bucket in enumerate(split.buckets.tolist()):
            fits = [all(split.lengths[field][row] <= steps for field, steps in each.inputs.items())
                    for each in data.buckets]
            assert [*fits, True].index(True) == bucket
        assert data.bucket_rows[name] == tuple(np.bincount(split.buckets, minlength=3))
        assert (bucket_of(data, split) == split.buckets).all(), "new rows are divided alike"
    settings = DataSettings(source=texts(tmp_path), split=Split(train=0.5, test=0.5), buckets=[10, 12])
    look = describe(settings, tmp_path, 1)
    assert look.buckets == data.buckets and look.bucket_rows == data.bucket_rows


def test_a_checkpoint_holds_them(tmp_path):
    data = loaded(texts(tmp_path), tmp_path, buckets=2)
    state = data.state()
    assert Data.of(state).buckets == data.buckets == [({"u": 5, "v": 10}, None)]
    for wrong in ({"u": 5}, {"u": 5, "v": 41}, {"u": 0, "v": 3}, {"u": 5, "v": 3, "w": 3}):
        with pytest.raises(FormError, match="buckets.0.inputs"):
            Data.of(state | {"buckets": [{"inputs": wrong, "target": None}]})
    with pytest.raises(FormError):
        Data.of(state | {"buckets": [{"inputs": {"u": 5, "v": 9}, "target": None},
                                     {"inputs": {"u": 4, "v": 9}, "target": None}]})


def test_where_there_are_none(tmp_path):
    assert not loaded("iris").buckets and not loaded("iris", buckets=1).buckets
    with pytest.raises(ConfigError, match="all have the same"):
        loaded("iris", buckets=2)
    assert not loaded(texts(tmp_path), tmp_path, sampling="balanced").buckets
    with pytest.raises(ConfigError, match="balanced sampling"):
        loaded(texts(tmp_path), tmp_path, sampling="balanced", buckets=2)
    (tmp_path / "t.txt").write_text("some text " * 20)
    with pytest.raises(ConfigError, match="windows all have the same length"):
        loaded({"text": {"file": "t.txt", "window": 8}}, tmp_path, buckets=2)
