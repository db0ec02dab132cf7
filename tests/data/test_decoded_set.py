"""Decoded pictures in the cache, and without one."""

import os
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from dlcli.data.files import cache
from dlcli.data.files.class_folders import open_folders
from dlcli.data.files.find import Files
from dlcli.data.pictures import decoded_set
from dlcli.data.pictures.decode import PICTURES, Form
from dlcli.errors import DataError, StorageError
from tests.data.pictures import encoded, folder, picture, pixels, source, two_classes
from tests.data.rig import loaded


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_decoded_once(tmp_path, monkeypatch, own_cache):
    folder(tmp_path / "set", two_classes())
    first = pixels(loaded(source(), tmp_path))

    def never(*_):
        raise AssertionError("a picture was opened")

    with monkeypatch.context() as patch:
        patch.setattr(decoded_set, "decode", never)
        patch.setattr(decoded_set, "read_head", never)
        assert np.array_equal(pixels(loaded(source(), tmp_path)), first)
        with pytest.raises(AssertionError):
            loaded(source(size=[3, 3]), tmp_path)
    (tmp_path / "set" / "cat" / "0.png").write_bytes(encoded(picture(99)))
    assert not np.array_equal(pixels(loaded(source(), tmp_path)), first)
    assert not list(own_cache.rglob("*.tmp"))


def test_folders_with_the_same_names_sizes_and_times_are_told_apart(tmp_path):
    """As archives unpacked with their times, and uncompressed pictures, give them."""
    for name, turn in (("set", lambda x: x), ("more", lambda x: 255 - x)):
        for i in range(6):
            path = f"{'ab'[i % 2]}/{i}.bmp"
            folder(tmp_path / name, {path: encoded(Image.fromarray(turn(np.asarray(picture(i)))), "BMP")})
            os.utime(tmp_path / name / path, (10 ** 9, 10 ** 9))
    data = loaded(source(test="more"), tmp_path)
    assert np.allclose(pixels(data) + pixels(data, "test"), 1)
    assert data.files[0]["sha256"] != data.files[1]["sha256"]
    os.rename(tmp_path / "set", tmp_path / "old")
    os.rename(tmp_path / "more", tmp_path / "set")
    assert np.array_equal(pixels(loaded(source(), tmp_path)), pixels(data, "test"))


@pytest.mark.parametrize("damage", ["cut", "flip", "header", "note", "gone", "longer"])
def test_a_damaged_cache_is_made_anew(tmp_path, own_cache, damage):
    folder(tmp_path / "set", two_classes())
    first = pixels(loaded(source(), tmp_path))
    array = next(own_cache.rglob("*.npy"))
    data = bytearray(array.read_bytes())
    if damage == "note":
        for note in own_cache.rglob("*.json"):
            note.write_text("[1")
    elif damage == "gone":
        array.unlink()
    else:
        data[-5 if damage == "flip" else 7] ^= 1
        array.write_bytes({"cut": data[:-30], "longer": data + b"xx"}.get(damage, data))
    assert np.array_equal(pixels(loaded(source(), tmp_path)), first)
    assert np.array_equal(pixels(loaded(source(), tmp_path)), first)


def test_without_a_cache_they_are_decoded_in_memory(tmp_path, monkeypatch, capsys):
    folder(tmp_path / "set", two_classes())
    first = pixels(loaded(source(), tmp_path))
    (tmp_path / "file").touch()
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "file"))
    assert np.array_equal(pixels(loaded(source(), tmp_path)), first)
    assert "the pictures are decoded each time" in capsys.readouterr().err
    monkeypatch.setattr(decoded_set, "IN_MEMORY", 10)
    with pytest.raises(StorageError, match="cache cannot be written to"):
        loaded(source(), tmp_path)


def test_without_a_home_there_is_no_cache(tmp_path, monkeypatch, capsys):
    folder(tmp_path / "set", two_classes())
    np.save(tmp_path / "x.npy", np.zeros((6, 3), np.uint8))
    np.save(tmp_path / "y.npy", np.arange(6) % 2)
    for name in ("DLCLI_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "nowhere")
    assert loaded(source(), tmp_path).rows == {"train": 6}
    assert "there is no folder for it" in capsys.readouterr().err
    assert loaded({"npy": {"inputs": "x.npy", "target": "y.npy", "memory_map": True}}, tmp_path).rows == {"train": 6}


def peak(work) -> int:
    """Most bytes that Python and NumPy held at a time."""
    tracemalloc.start()
    work()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_no_more_memory_than_it_takes(tmp_path, monkeypatch):
    folder(tmp_path / "set", two_classes(12))
    (tmp_path / "file").touch()
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "file"))
    folders = open_folders(Files(tmp_path), "set", PICTURES)
    found = decoded_set.survey(folders)
    assert peak(lambda: folders.read(0)) < 1 << 20
    assert peak(lambda: decoded_set.decoded(folders, found, Form((400, 400), 3))) < 1.4 * 24 * 400 * 400 * 3


def test_a_full_disk_leaves_nothing_behind(tmp_path, own_cache):
    def blocks():
        yield np.zeros((1, 2), np.uint8)
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="no space left"):
        cache.save_array("pictures/a", (2, 2), blocks())
    assert not list((own_cache / "pictures").iterdir())


def test_pictures_that_vanish_are_no_fault_of_the_cache(tmp_path, capsys):
    place = folder(tmp_path / "set", two_classes())
    folders = open_folders(Files(tmp_path), "set", PICTURES)
    found = decoded_set.survey(folders)
    (place / "cat" / "1.png").unlink()
    (place / "dog" / "1.png").unlink()
    with pytest.raises(DataError, match="cannot be opened") as caught:
        decoded_set.decoded(folders, found, Form((6, 8), 3))
    assert caught.value.where == "set/cat/1.png" and "1 more cannot be read: set/dog/1.png" in caught.value.hint
    assert capsys.readouterr().err == ""
