"""Archives of arrays and pictures: which members are unpacked, and what their directory may say."""

import io
import struct
import zipfile

import numpy as np
import pytest

from dlcli.data.formats.npy import read_npz
from dlcli.data.formats.zip_directory import members_of
from dlcli.data.load import describe
from dlcli.data.new_rows import prepare_new
from dlcli.data.settings import DataSettings
from dlcli.errors import DataError
from tests.data.rig import loaded
from tests.data.test_hostile_arrays import GOOD, XY, archive, npy


def restated(data: bytes, name: bytes, **fields: int) -> bytes:
    """A .zip file whose directory says something else of a member: its checksum, sizes, place."""
    places, data = {"crc": 16, "packed": 20, "size": 24, "start": 42}, bytearray(data)
    start = data.rindex(name) - 46
    assert data[start:start + 4] == b"PK\1\2"
    for field, value in fields.items():
        data[start + places[field]:start + places[field] + 4] = struct.pack("<I", value)
    return bytes(data)


def test_members_that_lie_about_their_size():
    """Packed sizes that would allow more, members over each other, and sizes that what is packed does not give."""
    large = npy(np.zeros(1 << 16))
    data = archive(("x.npy", large), ("y.npy", GOOD))
    there = zipfile.ZipFile(io.BytesIO(data)).getinfo("y.npy")
    lies = {
        "'x.npy' declares 1,000,000 packed bytes, more than lie there": restated(data, b"x.npy", packed=1_000_000),
        "'y.npy' declares 1,000 packed bytes": restated(data, b"y.npy", packed=1000),
        "more than lie there": restated(data, b"x.npy", start=there.header_offset),
        "not a sound .npz file: Bad CRC": restated(data, b"x.npy", size=128),
        "ends after": restated(archive(("x.npy", large[:-8])), b"x.npy", size=len(large)),
        "CRC": restated(archive(("x.npy", npy(np.zeros(9)) + bytes(72))), b"x.npy", size=128 + 72),
    }
    for problem, lie in lies.items():
        with pytest.raises(DataError, match=problem):
            read_npz(io.BytesIO(lie), "a.npz", XY)
    folder = archive(("a/1.png", b"no picture, only bytes" * 9), ("b/2.png", b"nor is this"))
    with pytest.raises(DataError, match="more than lie there"):
        members_of(zipfile.ZipFile(io.BytesIO(restated(folder, b"a/1.png", packed=5000))), "p.zip", 9)


def test_only_what_is_asked_for_is_unpacked(tmp_path, monkeypatch):
    """Not the other members, be they bombs, broken, or objects; of a look only the targets."""
    objects = npy(np.array([{}, {}]), allow_pickle=True)
    arrays = {"x": npy(np.arange(12.0).reshape(6, 2)), "y": npy(np.arange(6) % 2), "broken": GOOD, "objects": objects}
    data = archive(*[(f"{name}.npy", content) for name, content in arrays.items()])
    (tmp_path / "a.npz").write_bytes(restated(data, b"broken.npy", crc=1))
    unpacked, read = [], zipfile.ZipExtFile.read

    def count(file, size=-1):
        unpacked.append((file.name, len(part := read(file, size))))
        return part

    monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
    source = {"npz": {"file": "a.npz"}}
    data = loaded(source, tmp_path)
    assert data.rows == {"train": 6} and {name for name, _ in unpacked} == {"x.npy", "y.npy"}
    unpacked.clear()
    for labelled, names in ((False, {"x.npy"}), (True, {"x.npy", "y.npy"})):
        new = prepare_new(tmp_path / "a.npz", data, labelled)
        assert np.array_equal(new.inputs["x"], data.splits["train"].inputs["x"])
        assert {name for name, _ in unpacked} == names
    describe(DataSettings(source=source), tmp_path)
    monkeypatch.setitem(source["npz"], "inputs", "broken")
    with pytest.raises(DataError, match="CRC"):
        loaded(source, tmp_path)
    monkeypatch.setitem(source["npz"], "inputs", "z")
    with pytest.raises(DataError, match="has no array 'z'") as caught:
        loaded(source, tmp_path)
    assert caught.value.hint == "its arrays are 'broken', 'objects', 'x', 'y'"
