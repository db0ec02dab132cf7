"""Where files are looked for, what is recorded, and what later commands insist on."""

import gzip
import hashlib
import os

import numpy as np
import pytest

from dlcli.data.load import describe
from dlcli.data.settings import DataSettings
from dlcli.errors import DataError, StorageError
from tests.data.rig import idx, loaded

TEXT = "a,y\n1,0\n2,1\n3,0\n4,1\n"
SOURCE = {"csv": {"file": "sub/a.csv", "target": "y"}}


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The three folders, in the order in which they are looked at."""
    monkeypatch.setenv("DLCLI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = [tmp_path / "config", tmp_path / "data", tmp_path / "cache" / "dlcli"]
    for place in found:
        (place / "sub").mkdir(parents=True)
    return found


def put(folder, text=TEXT):
    (folder / "sub" / "a.csv").write_text(text)


def test_the_nearest_place_wins(places):
    for place in reversed(places):
        put(place)
        record, = loaded(SOURCE, places[0]).files
        assert record == {"written": "sub/a.csv", "found": str(place / "sub" / "a.csv"), "size": len(TEXT),
                          "sha256": hashlib.sha256(TEXT.encode()).hexdigest()}


def test_the_error_names_every_place(places):
    with pytest.raises(DataError, match="no such file") as caught:
        loaded(SOURCE, places[0])
    assert caught.value.where == "sub/a.csv"
    assert all(str(place / "sub" / "a.csv") in caught.value.problem for place in places)


@pytest.mark.parametrize(
    "file, hint",
    [
        ("mnist/t10k-images-idx3-ubyte.gz", "`dlcli datasets get mnist`"),
        ("a.npy", "beside the config"),
        ("cifar10_train.zip", "`dlcli datasets get cifar10`"),
    ],
)
def test_what_can_be_fetched_is_said(places, file, hint):
    with pytest.raises(DataError) as caught:
        loaded({"npy": {"inputs": file, "target": file}}, places[0])
    assert hint in caught.value.hint


def test_an_absolute_path_is_looked_for_nowhere_else(places):
    put(places[1])
    path = str(places[0] / "sub" / "a.csv")
    with pytest.raises(DataError) as caught:
        loaded({"csv": {"file": path, "target": "y"}}, places[0])
    assert caught.value.problem == f"no such file; tried {path!r}"


def test_later_commands_use_the_recorded_place_then_the_rule(places):
    put(places[1])
    known = loaded(SOURCE, places[0]).files
    put(places[0], TEXT + "5,0\n")
    again = loaded(SOURCE, places[0], known=known)
    assert again.files == known and again.rows == {"train": 4}
    (places[1] / "sub" / "a.csv").unlink()
    put(places[0])
    assert loaded(SOURCE, places[0], known=known).files[0]["found"] == str(places[0] / "sub" / "a.csv")


def test_a_changed_file_is_refused(places):
    put(places[0])
    known = loaded(SOURCE, places[0]).files
    put(places[0], TEXT.replace("4,1", "4,0"))
    with pytest.raises(DataError, match="not the file that the run was trained on") as caught:
        loaded(SOURCE, places[0], known=known)
    assert known[0]["sha256"][:16] in caught.value.problem and caught.value.where == "sub/a.csv"


def test_every_file_of_a_source_is_recorded_once(tmp_path):
    labels = np.arange(6, dtype=np.uint8) % 2
    for name, n in (("train", 6), ("test", 4)):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(np.zeros((n, 2, 2), np.uint8))))
        (tmp_path / f"{name}-labels").write_bytes(idx(labels[:n]))
    source = {
        "idx": {
            "images": {"train": "train.gz", "test": "test.gz"},
            "labels": {"train": "train-labels", "test": "test-labels"},
        }
    }
    assert [r["written"] for r in loaded(source, tmp_path).files] == [
        "train.gz",
        "train-labels",
        "test.gz",
        "test-labels",
    ]
    described = describe(DataSettings(source=source), tmp_path)
    assert {r["written"]: r["sha256"] is None for r in described.files} == {
        "train.gz": True,
        "train-labels": False,
        "test.gz": True,
        "test-labels": False,
    }
    assert described.rows == {"train": 6, "test": 4} and described.inputs["x"] == (2, 2)


@pytest.mark.parametrize(
    "target, task",
    [
        (np.arange(2000) % 1000, "classification"),
        (np.arange(2000), "regression"),
        (np.arange(2000) % 2 == 0, "classification"),
        (np.arange(2000.0) % 20, "classification"),
        (np.arange(2000.0) % 21, "regression"),
        (np.arange(4000).reshape(2000, 2), "classification"),
    ],
    ids=["1,000 ids", "whole numbers", "truth values", "20 floats", "21 floats", "an id at each position"],
)
def test_the_task_of_array_targets(tmp_path, target, task):
    np.savez(tmp_path / "a.npz", x=np.zeros((2000, 1)), y=target)
    assert loaded({"npz": {"file": "a.npz"}}, tmp_path).task == task


@pytest.mark.parametrize("names, rows, left", [
    ("x_train y_train x_val y_val x_test y_test", {"train": 6, "validation": 7, "test": 8}, []),
    ("x_train y_train x_validation y_validation", {"train": 6, "validation": 7}, []),
    ("x_train y_train x_test", {"train": 6}, ["x_test"]), ("x y x_val y_val", {"train": 6}, ["x_val", "y_val"]),
    ("x_train y_train x y", {"train": 6}, ["x", "y"]), ("x y z z_val", {"train": 6}, []),
    ("x_train y_train x_val y_val x_dev y_dev", "both are validation splits", []),
    ("x_train y_train y_val", "has no array 'x_val'", [])])
def test_the_splits_of_an_npz_file(tmp_path, names, rows, left):
    """None is left out without a word."""
    sizes = {"val": 7, "validation": 7, "test": 8}
    arrays = {name: np.arange(sizes.get(name.partition("_")[2], 6)) % 2 for name in names.split()}
    np.savez(tmp_path / "a.npz", **arrays)
    settings = DataSettings(source={"npz": {"file": "a.npz"}})
    if isinstance(rows, str):
        with pytest.raises(DataError, match=rows):
            describe(settings, tmp_path)
        return
    for data in (describe(settings, tmp_path), loaded({"npz": {"file": "a.npz"}}, tmp_path)):
        assert data.rows == rows
        told = [(w.where, [name for name in arrays if repr(name) in w.problem]) for w in data.warnings]
        assert told == [("data.source.npz", left)] * bool(left)


@pytest.mark.parametrize("scale, top", [(True, 1), (False, 255)])
def test_bytes_become_0_to_1(tmp_path, scale, top):
    (tmp_path / "i").write_bytes(idx(np.arange(256, dtype=np.uint8).reshape(128, 1, 2)))
    (tmp_path / "l").write_bytes(idx(np.arange(128, dtype=np.uint8) % 2))
    data = loaded({"idx": {"images": "i", "labels": "l", "scale": scale}}, tmp_path, dtype="float64")
    assert np.array_equal(np.ravel(data.splits["train"].inputs["x"]), np.arange(256) / 255 * top)


def test_a_description_reads_no_pixels(tmp_path):
    """Everything after the header is junk, and the description does not mind."""
    (tmp_path / "i").write_bytes(b"\0\0\x08\3" + np.array([1000, 500, 500], ">u4").tobytes())
    (tmp_path / "l").write_bytes(idx(np.arange(1000, dtype=np.uint16).astype(np.uint8) % 10))
    data = describe(
        DataSettings(source={"idx": {"images": "i", "labels": "l", "layout": "channel"}}, prepare=["standardize"]),
        tmp_path,
    )
    assert data.inputs["x"] == (500, 500, 1) and data.rows == {"train": 1000}


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "a.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(DataError, match="is not a file"):
        loaded({"csv": {"file": "a.csv", "target": "y"}}, tmp_path)


def test_a_file_without_permission(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text(TEXT)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageError, match="Permission denied"):
        loaded({"csv": {"file": "a.csv", "target": "y"}}, tmp_path)


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5000 + ".csv", ""])
def test_impossible_names(tmp_path, name):
    with pytest.raises(DataError):
        loaded({"csv": {"file": name, "target": "y"}}, tmp_path)


def test_without_a_home_there_is_no_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.delenv("DLCLI_DATA", raising=False)
    with pytest.raises(DataError) as caught:
        loaded(SOURCE, tmp_path)
    assert caught.value.problem == f"no such file; tried {str(tmp_path / 'sub' / 'a.csv')!r}"
