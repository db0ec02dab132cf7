"""Rows of several recordings, and the target of several classes that they have."""

import json

import numpy as np
import pytest

from dlcli.data.audio.joined import draw, join
from dlcli.data.dataset import Data
from dlcli.data.ragged import Ragged
from dlcli.data.table import Column, Table
from dlcli.data.target.sequences import Sequences
from dlcli.data.trace import row_hashes
from dlcli.engine.plan_context import Places
from dlcli.errors import ConfigError, DataError
from tests.data.pictures import folder
from tests.data.recordings import PATTERN, named, source
from tests.data.rig import loaded


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))


def test_each_recording_is_drawn_as_often_as_any_other():
    members = draw(50, 2, 5, np.random.default_rng(0))
    counts, times = np.bincount(members.lengths, minlength=6), np.bincount(members.values, minlength=50)
    assert len(members) == 50 and counts[:2].sum() == 0 and (counts[2:] > 3).all() and np.ptp(times) <= 1
    assert draw(3, 2, 2, np.random.default_rng(0)).lengths.tolist() == [2, 2, 2]


def test_frames_stand_one_behind_the_other_with_silence_between():
    x = Ragged.of([np.full((n, 2), float(n)) for n in (1, 2, 3)])
    joined = join(x, Ragged(np.array([2, 0, 1, 1, 1]), np.array([0, 2, 3, 5])), 2, -9.0)
    assert [joined.row(i)[:, 0].tolist() for i in range(3)] == [
        [3, 3, 3, -9, -9, 1], [2, 2], [2, 2, -9, -9, 2, 2]]
    assert join(x, Ragged(np.array([0, 1]), np.array([0, 2])), 0, -9.0).row(0)[:, 1].tolist() == [1, 2, 2]


def joined(tmp_path, seed: int = 1, **options) -> Data:
    pytest.importorskip("soundfile")
    folder(tmp_path / "set", named(count=6))        # of 5 to 28 steps: a length tells the recording
    prepare = options.pop("prepare", ["standardize"])
    options = {"label": PATTERN, "normalize": None, "test": {"n": "<2"}, "validation": {"n": 2},
               "join": {"least": 2, "most": 3, "gap": 30}} | options
    return loaded(source(**options), tmp_path, seed, prepare=prepare)


def test_rows_and_their_targets_belong_together_and_splits_share_nothing(tmp_path):
    data = joined(tmp_path)
    single = joined(tmp_path, join=None)
    assert data.rows == single.rows == {"train": 12, "validation": 4, "test": 8} and data.labels == ["one", "two"]
    assert (tuple(data.target), data.target.size, data.target.lengths, data.target_name) == ((3,), 2, True, "classes")
    assert sum(data.target.counts) == data.splits["train"].target_lengths.sum() and data.positive is None
    for name, split in data.splits.items():
        own = {int(n): int(label) for n, label in zip(single.splits[name].lengths["x"], single.splits[name].target)}
        x = split.inputs["x"]
        quiet = np.isclose(x.values, x.values.min(0), atol=1e-5).all(1)
        for row in range(len(split)):
            turns = np.flatnonzero(np.diff(quiet[x.starts[row]:x.starts[row + 1]])) + 1
            parts = [len(part) for part in np.split(np.arange(x.lengths[row]), turns)]
            assert parts[1::2] == [3] * (len(parts) // 2)
            assert [own[steps] for steps in parts[::2]] == split.target.row(row).tolist()
            assert split.target_lengths[row] == len(parts[::2]) in (2, 3)


def test_a_joined_row_is_normalized_as_one(tmp_path):
    own, found = (joined(tmp_path, normalize=how, prepare=[]).splits["test"].inputs["x"] for how in (None, "level"))
    for row in range(len(own)):
        np.testing.assert_allclose(found.row(row), own.row(row) - own.row(row).mean(), atol=1e-4)


def test_the_seed_draws_them(tmp_path):
    first, again, other = (np.asarray(joined(tmp_path, seed).splits["train"].target) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_no_split_can_be_cut_from_joined_rows_and_none_is_cut(tmp_path):
    joined(tmp_path)
    options = {"label": PATTERN, "join": {}}
    with pytest.raises(ConfigError, match="joined within a split, and rows of one split share them") as caught:
        loaded(source(**options), tmp_path, split={"validation": 0.2})
    assert caught.value.where == "data.split.validation" and "`validation` of the source" in caught.value.hint
    with pytest.raises(ConfigError, match="is 20, and the longest joined row has .* it would lack some"):
        joined(tmp_path, longest=20)
    assert joined(tmp_path, longest=2000).inputs["x"][0] == 2000


def test_a_run_knows_its_target_again(tmp_path):
    data = joined(tmp_path)
    known = Data.of(json.loads(json.dumps(data.state(), allow_nan=False)))
    assert known.fitted.target == data.fitted.target and isinstance(known.fitted.target, Sequences)
    assert known.target.lengths and known.fitted.columns == data.fitted.columns
    assert known.fitted.columns[0].sound == {"rate": 8000, "mels": 40, "window": 25.0, "hop": 10.0}


def test_batches_are_padded(tmp_path):
    split = joined(tmp_path).splits["train"]
    rows = np.array([3, 0])
    x, lengths = np.full((2, 200, 40), np.nan, np.float32), np.zeros(2, np.int64)
    t, target_lengths = np.full((2, 3), -1), np.zeros(2, np.int64)
    split.gather(rows, Places({"x": x}, {"x": lengths}, t, target_lengths))
    for i, row in enumerate(rows.tolist()):
        assert np.array_equal(x[i, :lengths[i]], split.inputs["x"].row(row)) and not x[i, lengths[i]:].any()
        assert np.array_equal(t[i, :target_lengths[i]], split.target.row(row)) and not t[i, target_lengths[i]:].any()


def sequences(rows: list[list[int]], words=("b", "a", "c"), most: int = 3) -> Table:
    x = Column(np.zeros(len(rows)))
    return Table({"x": x}, Column(Ragged.of([np.array(r) for r in rows], most), list(words)), "y", "classification")


def test_targets_that_training_does_not_know():
    fitted, values = Sequences.fit(sequences([[0, 1], [1], [2, 2, 2]]), np.arange(2), [], None)
    assert fitted.labels == ["a", "b"] and values.values.tolist() == [1, 0, 0] and fitted.spec(values).counts == (2, 1)
    other = fitted.values(sequences([[1, 0]], ("b", "a")), np.arange(1))
    assert other.row(0).tolist() == [0, 1] and other.shape == (1, 3)
    for rows, problem in (([[1, 2]], "no class 'c'"), ([[1, 1, 1, 1]], "has 4 classes, and the run was trained on at")):
        with pytest.raises(DataError, match=problem) as caught:
            fitted.values(sequences([[1], *rows], most=4), np.arange(2))
        assert caught.value.where.startswith("row 2")
    with pytest.raises(DataError, match="a single class"):
        Sequences.fit(sequences([[1], [1, 1]]), np.arange(2), [], None)


def test_rows_are_known_again_whatever_they_are_padded_to():
    frames = [np.arange(2.0 * n).reshape(n, 2) for n in (1, 3, 2)]

    def hashes(order, longest=None) -> list[int]:
        x = Column(Ragged.of([frames[i] for i in order], longest), kind="frames")
        return row_hashes(Table({"x": x}, Column(np.array(order))), np.arange(len(order))).tolist()

    first = hashes([0, 1, 2])
    assert len(set(first)) == 3 and hashes([2, 0], 17) == [first[2], first[0]]
