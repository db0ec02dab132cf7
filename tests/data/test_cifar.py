"""CIFAR-10's archive as pictures, on a small one of the same make."""

import io
import tarfile

import numpy as np
import pytest

from dlcli.data.files.cifar import CLASSES, RECORD, convert
from dlcli.errors import DataError
from tests.data.rig import loaded

ROWS = 20


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path))


def records(seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).integers(0, 256, (ROWS, RECORD), np.uint8)
    found[:, 0] = np.arange(ROWS) % 10
    return found


def archive(place, **changed):
    members = (
        {f"data_batch_{i}.bin": records(i).tobytes() for i in range(1, 6)}
        | {"test_batch.bin": records(0).tobytes(), "readme.html": b"hello"}
        | changed
    )
    with tarfile.open(place / "a.tar.gz", "w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            if data is not None:
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    return place


def test_every_pixel_and_class(tmp_path):
    convert(archive(tmp_path), "a.tar.gz", ROWS)
    data = loaded({"image_folder": {"path": "cifar10_train.zip", "test": "cifar10_test.zip"}}, tmp_path)
    assert data.labels == list(CLASSES) and data.rows == {"train": 100, "test": 20} and data.inputs["x"] == (32, 32, 3)
    rows = records(0)[np.argsort(np.arange(ROWS) % 10, kind="stable")]
    pixels = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) / np.float32(255)
    assert np.array_equal(data.splits["test"].inputs["x"], pixels)
    first = (tmp_path / "cifar10_test.zip").read_bytes()
    convert(tmp_path, "a.tar.gz", ROWS)
    assert (tmp_path / "cifar10_test.zip").read_bytes() == first


def test_archives_that_are_not_what_they_should_be(tmp_path):
    wrong = records(1)
    wrong[3, 0] = 10
    for changed, problem in (({"data_batch_3.bin": None}, "holds no data_batch_3.bin"),
                             ({"test_batch.bin": b"x"}, "is not a file of 61,460"),
                             ({"data_batch_1.bin": wrong.tobytes()}, "class 10")):
        with pytest.raises(DataError, match=problem):
            convert(archive(tmp_path, **changed), "a.tar.gz", ROWS)
        assert not list(tmp_path.glob("*.zip"))
    whole = (archive(tmp_path) / "a.tar.gz").read_bytes()
    for data in (b"", b"hello", whole[:2000]):
        (tmp_path / "a.tar.gz").write_bytes(data)
        with pytest.raises(DataError, match="not a sound .tar.gz|holds no"):
            convert(tmp_path, "a.tar.gz", ROWS)
