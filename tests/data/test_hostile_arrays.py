"""NPY, NPZ and IDX files that must be refused before they cost memory."""

import gzip
import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from dlcli.data.formats.idx import read_idx
from dlcli.data.formats.npy import read_npy, read_npz
from dlcli.errors import DataError
from tests.data.rig import idx, little_memory, loaded, made


def npy(array, **options) -> bytes:
    out = io.BytesIO()
    np.save(out, array, **options)
    return out.getvalue()


def header(text: str, body: bytes = b"", version: int = 1) -> bytes:
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text.encode("latin-1") + body


def shaped(shape: str, descr: str = "'<f8'", body: bytes = b"") -> bytes:
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n", body)


def archive(*members: tuple[str, bytes], method=zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


@pytest.fixture(autouse=True)
def bounded():
    with little_memory():
        yield


GOOD = npy(np.arange(6.0).reshape(3, 2))
XY = ("x", "y")
"""The arrays that are asked for."""
BAD_NPY = {
    "empty": (b"", "not a .npy array"),
    "random": (bytes(range(256)), "not a .npy array"),
    "text": (b"1,2,3\n", "not a .npy array"),
    "pickle": (pickle.dumps([1, 2]), "not a .npy array"),
    "magic only": (b"\x93NUMPY", "ends within"),
    "version 9": (header("{}", version=9), "version 9"),
    "not a dict": (header("[1, 2]\n"), "header that is not"),
    "bad syntax": (header("{'descr': '<f8', 'shape'\n"), "header that is not"),
    "60,000 long": (header(" " * 60_000), "60,000 bytes"),
    "5,000 deep": (shaped("(" * 5000), "header that is not"),
    "call": (shaped("(__import__('os'),)"), "header that is not"),
    "shape huge": (shaped("(99999999999999999999, 2)"), "sound shape"),
    "1e12": (shaped("(1000000000000, 2)"), "too large"),
    "1e8 truncated": (
        shaped("(100000000, 2)", body=bytes(160)),
        "declares 1,600,000,000 bytes of values and holds 160",
    ),
    "negative": (shaped("(-3, 2)"), "sound shape"),
    "overflowing": (shaped("(4294967296, 4294967296)"), "too large"),
    "zero times huge": (shaped("(0, 99999999999)"), "empty"),
    "65 dimensions": (shaped("(" + "1," * 65 + ")"), "65 dimensions"),
    "bool in the shape": (shaped("(True, 2)"), "sound shape"),
    "no dimension": (shaped("()", body=bytes(8)), "0 dimensions"),
    "digits that backtrack": (shaped("(" + "1" * 9000 + "x)"), "sound shape"),
    "object": (npy(np.array([{}, {}]), allow_pickle=True), "holds .O"),
    "unknown type": (shaped("(3,)", "'<q8'"), "holds <q8"),
    "time": (npy(np.array(["2020-01-01"], "M8[D]")), "holds <M8"),
    "text type": (npy(np.array(["a", "b"])), "holds <U1"),
    "complex": (npy(np.ones(3, complex)), "holds <c16"),
    "structured": (npy(np.zeros(3, [("a", "f8"), ("b", "i4")])), "structured"),
    "truncated": (GOOD[:-8], "declares 48 bytes of values and holds 40"),
    "trailing": (GOOD + b"x", "declares 48 bytes of values and holds 49"),
}


@pytest.mark.parametrize("data, problem", BAD_NPY.values(), ids=BAD_NPY)
def test_bad_npy(data, problem):
    with pytest.raises(DataError, match=problem) as caught:
        read_npy(data, "a.npy")
    assert caught.value.where == "a.npy"
    with pytest.raises(DataError, match=problem):
        read_npz(io.BytesIO(archive(("x.npy", data))), "a.npz", XY)


def encrypted() -> bytes:
    data = bytearray(archive(("x.npy", GOOD)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def flipped() -> bytes:
    data = bytearray(archive(("x.npy", GOOD), method=zipfile.ZIP_STORED))
    data[data.index(b"NUMPY") + 140] ^= 1
    return bytes(data)


BAD_NPZ = {
    "empty": (b"", "not a sound .npz"),
    "random": (bytes(range(256)) * 4, "not a sound .npz"),
    "a .npy file": (GOOD, "not a sound .npz"),
    "truncated": (archive(("x.npy", GOOD))[:-30], "not a sound .npz"),
    "flipped bit": (flipped(), "CRC"),
    "no member": (archive(), "holds no array"),
    "no array": (archive(("readme.txt", b"hello")), "'readme.txt', which is no array"),
    "outside": (archive(("../../evil.npy", GOOD)), "no array"),
    "absolute": (archive(("/etc/x.npy", GOOD)), "no array"),
    "encrypted": (encrypted(), "encrypted"),
    "bomb": (lambda: archive(("x.npy", npy(np.zeros(20 << 20)))), "unpacks from"),
    "many members": (archive(*[(f"a{i}.npy", b"") for i in range(1001)]), "more than 1,000 files"),
}


@pytest.mark.parametrize("data, problem", BAD_NPZ.values(), ids=BAD_NPZ)
def test_bad_npz(data, problem):
    with pytest.raises(DataError, match=problem) as caught:
        read_npz(io.BytesIO(made(data)), "a.npz", XY)
    assert caught.value.where == "a.npz"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_member():
    with pytest.raises(DataError, match="'x.npy' twice"):
        read_npz(io.BytesIO(archive(("x.npy", GOOD), ("x.npy", GOOD))), "a.npz", XY)


def test_every_truncation_of_an_npz_is_refused():
    data = archive(("x.npy", GOOD), ("y.npy", npy(np.arange(3))))
    for end in range(len(data)):
        with pytest.raises(DataError):
            read_npz(io.BytesIO(data[:end]), "a.npz", XY)


@pytest.mark.parametrize("seed", range(4))
def test_mutations_are_read_or_refused(seed):
    """Nothing but a DataError may come out, whatever 500 random changes of a byte do."""
    rng = np.random.default_rng(seed)
    images = gzip.compress(idx(rng.integers(0, 9, (20, 4, 4), np.uint8)))
    for reader, good in ((lambda d: read_npz(io.BytesIO(d), "a", XY), archive(("x.npy", GOOD))),
                         (lambda d: read_npy(d, "a"), GOOD), (lambda d: read_idx(d, "a"), images),
                         (lambda d: read_idx(d, "a"), gzip.decompress(images))):
        for _ in range(125):
            data = bytearray(good)
            data[rng.integers(len(data))] = rng.integers(256)
            try:
                reader(bytes(data))
            except DataError:
                pass


ARRAY = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
SOUND = idx(ARRAY)
BAD_IDX = {
    "empty": (b"", "not an IDX file"),
    "3 bytes": (SOUND[:3], "it has 3 bytes"),
    "bad magic": (b"\x01" + SOUND[1:], "begin with 00 00, got 01 00"),
    "unknown type": (b"\0\0\x07\3" + SOUND[4:], "type code 0x07"),
    "ndim 0": (b"\0\0\x08\0", "0 dimensions"),
    "ndim 255": (b"\0\0\x08\xff" + b"\0\0\0\1" * 255, "255 dimensions"),
    "overflow": (b"\0\0\x08\3" + b"\xff" * 12, "more than can be real"),
    "dims 0": (b"\0\0\x08\2" + b"\0\0\0\0\0\0\0\5", "a size is 0"),
    "cut header": (SOUND[:10], "within its header"),
    "declared > actual": (SOUND[:-1], "ends after 23 of the 24"),
    "declared >> actual": (SOUND[:20], "holds fewer"),
    "trailing": (SOUND + b"x", "1 bytes more"),
    "gzip cut": (gzip.compress(SOUND)[:-12], "cut short|ends after"),
    "gzip crc": (gzip.compress(SOUND)[:-8] + bytes(8), "CRC check failed"),
    "gzip trailing": (gzip.compress(SOUND) + b"x", "damaged gzip file"),
    "gzip twice": (gzip.compress(SOUND) + gzip.compress(b"x"), "more bytes than its header declares"),
    "gzip of more": (gzip.compress(SOUND + b"x"),
    "more bytes than its header"),
    "gzip of less": (gzip.compress(SOUND[:-1]), "ends after 23 of the 24"),
    "gzip of nothing": (gzip.compress(b""),
    "not an IDX file"),
    "gzip bomb": (lambda: gzip.compress(b"\0\0\x08\2" + struct.pack(">2I", 1000, 200_000) + bytes(200_000_000), 1),
                  "more than 100 times its size"),
}


@pytest.mark.parametrize("data, problem", BAD_IDX.values(), ids=BAD_IDX)
def test_bad_idx(data, problem):
    with pytest.raises(DataError, match=problem) as caught:
        read_idx(made(data), "a.idx")
    assert caught.value.where == "a.idx"


@pytest.mark.parametrize("data", [SOUND, gzip.compress(SOUND)], ids=["plain", "gzip"])
def test_sound_idx(data):
    assert np.array_equal(read_idx(data, "a.idx"), ARRAY)


@pytest.mark.parametrize(
    "code, dtype", [(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
)
def test_idx_types(code, dtype):
    values = np.array([[1, 2], [3, 100]], dtype)
    assert np.array_equal(read_idx(idx(values, code), "a"), values)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
        np.array([True, False]),
        np.arange(3, dtype=np.float16),
    ],
    ids=["f8", "fortran", "bool", "f2"],
)
def test_sound_npy_and_npz(array):
    assert np.array_equal(read_npy(npy(array), "a"), array)
    out = io.BytesIO()
    np.savez_compressed(out, x=array, y=array)
    found = read_npz(out, "a", XY)
    assert list(found) == ["x", "y"] and np.array_equal(found["y"], array)


def test_long_headers_of_later_versions():
    data = (
        b"\x93NUMPY\2\0"
        + struct.pack("<I", 200)
        + f"{shaped('(3,)', body=b'')[10:].decode().strip():<199}\n".encode()
        + bytes(24)
    )
    assert np.array_equal(read_npy(data, "a"), np.zeros(3))


def files(folder, images, labels):
    (folder / "i").write_bytes(idx(images))
    (folder / "l").write_bytes(idx(labels))
    return {"idx": {"images": "i", "labels": "l"}}


def test_counts_of_images_and_labels_differ(tmp_path):
    with pytest.raises(DataError, match="x 6, target 5"):
        loaded(files(tmp_path, ARRAY, np.arange(5, dtype=np.uint8)), tmp_path)


def test_label_beyond_the_classes(tmp_path):
    source = files(tmp_path, ARRAY, np.array([0, 1, 2, 0, 10, 1], np.uint8))
    source["idx"]["classes"] = 10
    with pytest.raises(DataError, match="class 10, and `classes` is 10") as caught:
        loaded(source, tmp_path)
    assert caught.value.where == "i row 5"


def test_not_a_number_in_an_array(tmp_path):
    x = np.ones((4, 3))
    for bad, problem in ((np.nan, "missing values"), (np.inf, "holds inf"), (1e39, "holds 1e[+]39")):
        x[2, 1] = bad
        np.savez(tmp_path / "a.npz", x=x, y=np.array([0, 1, 0, 1]))
        with pytest.raises(DataError, match=problem) as caught:
            loaded({"npz": {"file": "a.npz"}}, tmp_path)
        assert caught.value.where == "a.npz row 3 [x]"
