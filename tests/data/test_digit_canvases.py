"""Digits on cluttered canvases: whose digits, which pixels, the same for the same seed."""

import numpy as np
import pytest

from dlcli.data.pictures.canvases import INK, canvases
from dlcli.errors import ConfigError, DataError
from tests.data.rig import idx, loaded

SMALL = {"train": 30, "validation": 10, "test": 10, "size": 24, "digits": 3, "clutter": 2}


def write(folder, name, ink, count=40, side=8, classes=(3, 7)):
    """Digits of one ink each: where a pixel comes from can be read off its value."""
    pictures = np.zeros((count, side, side), np.uint8)
    pictures[:, 2:-2, 2:-2] = np.asarray(ink, np.uint8).reshape(-1, 1, 1)
    (folder / f"{name}-images").write_bytes(idx(pictures))
    (folder / f"{name}-labels").write_bytes(idx(np.resize(np.array(classes, np.uint8), count)))


def source(*parts, **options):
    files = {kind: {part: f"{part}-{kind}" for part in parts} for kind in ("images", "labels")}
    return {"digit_canvases": files | SMALL | options}


@pytest.fixture
def files(tmp_path):
    write(tmp_path, "train", np.arange(130, 170))
    write(tmp_path, "test", 200)
    return tmp_path


def inks(data, part):
    return set(np.unique(np.round(np.asarray(data.splits[part].inputs["x"]) * 255)).astype(int)) - {0}


def test_what_it_delivers(files):
    data = loaded(source("train", "test"), files)
    assert {part: len(rows) for part, rows in data.splits.items()} == {"train": 30, "validation": 10, "test": 10}
    assert data.inputs["x"] == (24, 24, 1) and data.target == (24, 24) and data.target.size == 3
    assert data.labels == ["background", "digit 3", "digit 7"] and data.task == "classification"
    train = data.splits["train"]
    assert (
        data.target.counts == tuple(np.bincount(train.target[:].ravel(), minlength=3)) and min(data.target.counts) > 0
    )
    assert 0 < np.asarray(train.inputs["x"]).max() <= 1


def test_no_digit_serves_two_splits(files):
    data = loaded(source("train", "test"), files)
    assert inks(data, "test") == {200}
    assert not inks(data, "train") & inks(data, "validation") and max(inks(data, "train")) < 200
    shared = loaded(source("train"), files)
    found = [inks(shared, part) for part in ("train", "validation", "test")]
    assert all(found) and sum(map(len, found)) == len(set.union(*found)), "one file is divided among the three"


def test_the_seed_draws(files):
    first, again, other = (loaded(source("train", "test"), files, seed=seed).splits["test"] for seed in (1, 1, 2))
    assert np.array_equal(first.inputs["x"], again.inputs["x"]) and np.array_equal(first.target[:], again.target[:])
    assert not np.array_equal(first.target[:], other.target[:])
    more = loaded(source("train", "test", train=31), files).splits["test"]
    assert np.array_equal(more.target[:], first.target[:]), "a split does not depend on the size of another"


def test_ink_of_whole_digits_has_their_class_and_clutter_has_none():
    rng = np.random.default_rng(0)
    digits = np.zeros((2, 9, 9), np.uint8)
    digits[0, 3:6, 3:6] = 255
    digits[1, 2:7, 2:7] = INK - 1          # a digit of pale ink only
    pictures, classes = canvases(digits, np.array([1, 2], np.uint8), 200, 30, 4, 0, rng)
    assert pictures.shape == (200, 30, 30, 1) and pictures.dtype == classes.dtype == np.uint8
    assert np.array_equal(classes > 0, pictures[..., 0] == 255) and classes.max() == 1
    pieces, none = canvases(digits, np.array([1, 2], np.uint8), 200, 30, 1, 5, rng)
    whole = 9 * np.isin(none.reshape(200, -1).sum(1), (0, 9)).sum()
    assert whole == 9 * 200 and (pieces > 0).sum() > 2 * (none > 0).sum(), "pieces are background"


def test_digits_do_not_cover_each_other():
    digits = np.zeros((3, 9, 9), np.uint8)
    digits[:, 1:8, 1:8] = 255
    _, classes = canvases(digits, np.array([1, 2, 3], np.uint8), 300, 20, 4, 0, np.random.default_rng(1))
    counts = np.stack([(classes == c).sum((1, 2)) for c in (1, 2, 3)])
    assert not (counts % 49).any() and (counts.sum(0) > 49).mean() > 0.3 and counts.sum(0).max() <= 4 * 49


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"size": 8, "side": 9}, ConfigError, "size: is 8, and a digit of train-images has 9 x 9 pixels"),
    ({"classes": (4,)}, DataError, "train-labels: holds 1 classes"),
    ({"strange": True}, DataError, "test-labels: holds the class 5"),
    ({"flat": True}, DataError, "holds uint8 values of shape"),
    ({"short": True}, DataError, "test-labels: holds labels of shape"),
])
def test_what_does_not_fit_is_said(files, change, error, message):
    options = dict(change)
    size = options.pop("size", 24)
    strange, flat, short = (options.pop(name, False) for name in ("strange", "flat", "short"))
    write(files, "train", 140, **options)
    if strange:
        write(files, "test", 200, classes=(3, 5))
    if flat:
        (files / "train-images").write_bytes(idx(np.zeros((40, 64), np.uint8)))
    if short:
        (files / "test-labels").write_bytes(idx(np.zeros(3, np.uint8)))
    with pytest.raises(error, match=message):
        loaded(source("train", "test", size=size), files)


def test_both_need_the_same_splits(files):
    uneven = source("train", "test")
    del uneven["digit_canvases"]["labels"]["test"]
    with pytest.raises(ConfigError, match="each split needs both"):
        loaded(uneven, files)


def test_few_digits_and_canvases_of_their_size(files):
    write(files, "train", 140, count=2)
    assert len(loaded(source("train", size=8, test=0, clutter=0), files).splits) == 2
    with pytest.raises(DataError, match="no digit is left for validation"):
        loaded(source("train"), files)
