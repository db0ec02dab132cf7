"""Arrays that stay in their file: the same rows, without the memory."""

import os
import re
import subprocess
import sys
import tracemalloc
from math import prod
from pathlib import Path

import numpy as np
import pytest

from dlcli.data.files import memory_map
from dlcli.data.files.memory_map import Ahead
from dlcli.data.formats.array_table import array_column
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.load import describe
from dlcli.data.pictures.brightness import appearance_of
from dlcli.data.settings import DataSettings
from dlcli.engine.plan_context import Places
from dlcli.errors import DataError
from tests.data.rig import loaded


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))


def sparse(path: Path, shape: tuple) -> Path:
    """A .npy file of zero bytes that takes no room."""
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        file.truncate(file.tell() + prod(shape))
    return path


def source(tmp_path, x: np.ndarray, **options) -> dict:
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.arange(len(x)) % 2)
    return {"npy": {"inputs": "x.npy", "target": "y.npy", **options}}


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int16"])
@pytest.mark.parametrize(
    "prepare", [[], ["standardize"], [{"standardize": {"per": "channel"}}], ["minmax"], ["log"]], ids=str
)
def test_the_same_rows_as_in_memory(tmp_path, dtype, prepare):
    x = np.random.default_rng(0).integers(0, 200, (60, 5, 4, 3)).astype(dtype)
    plain, stays = (loaded(source(tmp_path, x, memory_map=value), tmp_path, split={"test": 0.2}, prepare=prepare)
                    for value in (False, True))
    assert isinstance(stays.splits["train"].inputs["x"], LazyRows) == (prepare != ["log"])
    assert plain.fitted.columns == stays.fitted.columns and plain.files == stays.files
    for name in ("train", "test"):
        assert np.allclose(plain.splits[name].inputs["x"], stays.splits[name].inputs["x"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float64", ">f8", "float32", "int32", "uint32", "int64"])
@pytest.mark.parametrize("prepare", ["standardize", "minmax"])
def test_large_numbers_that_differ_by_little(tmp_path, dtype, prepare):
    """A float32 near 1e9 is a multiple of 64, and the difference of two near 1e6 has lost 20 of its 24 bits: they are
    scaled before."""
    far = 1e6 if "f" in dtype else 1e9
    x = (far + np.random.default_rng(0).normal(0, 20, (60, 5, 4))).astype(dtype)
    rows = loaded(source(tmp_path, x), tmp_path, prepare=[prepare]).splits["train"].inputs["x"]
    assert isinstance(rows, np.ndarray) and np.ptp(rows) >= 1
    made = source(tmp_path, x, memory_map=True)
    assert np.array_equal(loaded(made, tmp_path, prepare=[prepare]).splits["train"].inputs["x"], rows)
    never = loaded(made, tmp_path, prepare=[prepare], augment=[{"flip": {"probability": 0.0}}]).splits["train"]
    out = np.empty_like(rows)
    never.gather(np.arange(60), Places({"x": out}, {}, np.empty(60, np.int64), None), epoch=0)
    assert np.array_equal(out, rows)


def test_steps_agree_with_double_precision(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (60, 5, 4, 3)).astype(np.uint8)
    for per, axes in (("feature", 0), ("channel", (0, 1, 2)), ("all", None)):
        found = (
            loaded(source(tmp_path, x, scale=True), tmp_path, prepare=[{"standardize": {"per": per}}])
            .splits["train"]
            .inputs["x"]
        )
        exact = (x - x.mean(axes, keepdims=True)) / x.std(axes, keepdims=True)
        assert isinstance(found, LazyRows) and np.allclose(found, exact, atol=2e-6)


def test_reads_like_an_array():
    values = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
    x = LazyRows(values, np.array([5, 0, 3]), "float32", 2.0, np.full((2, 2), 3.0), np.arange(4.0).reshape(2, 2))
    whole = (values[[5, 0, 3]] / 2 * 3 + np.arange(4).reshape(2, 2)).astype(np.float32)
    assert (x.shape, x.ndim, len(x), x.dtype, x.nbytes) == ((3, 2, 2), 3, 3, np.float32, 12)
    for key in (
        slice(None),
        1,
        -1,
        slice(1, 3),
        np.array([2, 0]),
        np.array([True, False, True]),
        (slice(None), 1),
        (0, 1, 1),
        (..., 0),
        (np.array([1, 2]), slice(None), 0),
    ):
        assert np.array_equal(x[key], whole[key]) and np.shape(x[key]) == np.shape(whole[key]), key
    assert np.array_equal(np.asarray(x), whole) and x.astype(np.float64).dtype == np.float64
    with pytest.raises(IndexError):
        x[3]


def test_missing_values_are_found(tmp_path):
    x = np.ones((20, 2, 2), np.float32)
    x[7, 0, 1] = np.nan
    with pytest.raises(DataError, match="missing values") as caught:
        loaded(source(tmp_path, x, memory_map=True), tmp_path)
    assert caught.value.where == "x.npy row 8 [x]"
    x[7, 0, 1] = np.inf
    with pytest.raises(DataError, match="inf"):
        loaded(source(tmp_path, x, memory_map=True), tmp_path)


def test_files_that_cannot_be_mapped(tmp_path):
    good = source(tmp_path, np.zeros((20, 3), np.uint8), memory_map=True)
    data = (tmp_path / "x.npy").read_bytes()
    for broken, problem in (
        (data[:-1], "declares 60 bytes of values and holds 59"),
        (data + b"x", "holds 61"),
        (b"", "not a .npy"),
    ):
        (tmp_path / "x.npy").write_bytes(broken)
        refused(good, tmp_path, problem)
    np.save(tmp_path / "x.npy", np.asfortranarray(np.zeros((20, 3))))
    refused(good, tmp_path, "Fortran order")
    assert describe(DataSettings(source={"npy": good["npy"] | {"memory_map": False}}), tmp_path).inputs["x"] == (3,)


def refused(made: dict, folder: Path, problem: str) -> None:
    """When it is loaded, and when it is only looked at."""
    for look in (lambda: loaded(made, folder), lambda: describe(DataSettings(source=made), folder)):
        with pytest.raises(DataError, match=problem):
            look()


def test_the_hash_is_worked_out_once_and_noticed_when_it_changes(tmp_path, monkeypatch):
    x = np.random.default_rng(0).integers(0, 256, (20, 4, 4), np.uint8)
    made = source(tmp_path, x, memory_map=True)
    known = loaded(made, tmp_path).files
    with monkeypatch.context() as patch:
        patch.setattr(memory_map, "file_digest", lambda file, name: pytest.fail("hashed again"))
        assert loaded(made, tmp_path, known=known).files == known
    os.utime(tmp_path / "x.npy", (1, 1))
    assert loaded(made, tmp_path, known=known).files == known
    np.save(tmp_path / "x.npy", x + 1)
    with pytest.raises(DataError, match="not the file that the run was trained on"):
        loaded(made, tmp_path, known=known)


def test_a_description_reads_the_header_alone(tmp_path):
    """Of a file that could not be read otherwise, since it has more than 8 GiB, and that takes no memory."""
    made = source(tmp_path, np.zeros((2304, 4)), memory_map=True)
    sparse(tmp_path / "x.npy", (2304, 2048, 2048))
    described = describe(DataSettings(source=made, prepare=["standardize"]), tmp_path)
    assert (
        described.inputs["x"] == (2048, 2048)
        and described.files[0]["size"] > 9 << 30
        and described.files[0]["sha256"] is None
    )
    assert (described.bytes, described.mapped) == (2304 * 8, 2304 * 2048 * 2048)
    spread = describe(DataSettings(source=made, prepare=["standardize", "log"]), tmp_path)
    assert spread.bytes == 2304 * (8 + 4 * 2048 * 2048)         # which comes into memory, as float32
    with pytest.raises(DataError, match="at most 8,589,934,592 are read"):
        describe(DataSettings(source={"npy": made["npy"] | {"memory_map": False}}), tmp_path)


def test_the_kernel_is_told_the_rows_that_come_next(tmp_path, monkeypatch):
    told = []

    class Whole:
        def madvise(self, advice, start=0, length=0):
            told.append((start, length))

    values = np.zeros((100, 3000), np.uint8)
    monkeypatch.setattr(memory_map.np, "frombuffer", lambda whole, dtype: values.reshape(-1))
    Ahead(Whole(), values)(np.array([0, 50]))
    page = memory_map.mmap.PAGESIZE
    first = 150_000 - 150_000 % page
    assert told[-2:] == [(0, 3000), (first, 150_000 + 3000 - first)] and first % page == 0


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_look_at_pictures_copies_their_edges_alone(dtype):
    values = np.zeros((40, 400, 300), dtype)
    values[:, 0] = 1
    tracemalloc.start()
    found = appearance_of(array_column(values), np.arange(len(values)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.top == (255 if dtype == "uint8" else 1) and np.isclose(found.edge, 300 / 1396 / found.top)
    assert peak < values.nbytes / 4


def test_a_look_at_large_pictures_reads_a_part_of_their_file(tmp_path):
    """To see the edges of a row is to read all of it: 200 pictures of 1 MB would be 200 MB."""
    x = sparse(tmp_path / "x.npy", (200, 1024, 1024))
    resident = lambda: int(re.search(r"RssFile:\s+(\d+)", Path("/proc/self/status").read_text())[1]) << 10
    values, before = np.load(x, "r"), resident()
    assert appearance_of(array_column(values, mapped=True), np.arange(200)).edge == 0
    assert resident() - before < 64e6


def test_large_files_are_read_ahead_and_small_ones_at_once(tmp_path, monkeypatch):
    made = source(tmp_path, np.random.default_rng(0).integers(0, 256, (2000, 64, 8), np.uint8), memory_map=True)
    assert loaded(made, tmp_path).splits["train"].inputs["x"]._ahead is None
    monkeypatch.setattr(memory_map, "MEMORY_SHARE", 0.0)
    train = loaded(made, tmp_path).splits["train"]
    assert isinstance(train.inputs["x"]._ahead, Ahead)
    train.ahead(np.arange(len(train)))          # every row to the last lies within the file
    assert loaded("digits").splits["train"].inputs["x"]._ahead is None


def test_memory_stays_small(tmp_path):
    """64 MiB of float32 are standardised and read in batches: nothing of that size becomes memory of the process's
    own."""
    made = source(tmp_path, np.random.default_rng(0).random((16_384, 32, 32), np.float32), memory_map=True)
    program = ("import sys, re; import numpy as np; from pathlib import Path; from tests.data.rig import loaded\n"
               "from dlcli.engine.plan_context import Places\n"
               "own = lambda: int(re.search(r'RssAnon:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024\n"
               "prepare = [{'standardize': {'per': 'all'}}]\n"
               "before = own(); train = loaded(eval(sys.argv[1]), Path(sys.argv[2]), prepare=prepare).splits['train']\n"
               "out, target, most = np.empty((128, 32, 32), np.float32), np.empty(128, np.int64), 0\n"
               "for i in range(0, len(train), 128):\n"
               "    train.gather(np.arange(i, i + 128), Places({'x': out}, {}, target, None))\n"
               "    most = max(most, own())\n"
               "print(most - before)")
    out = subprocess.run(
        [sys.executable, "-c", program, repr(made), str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert int(out) < 25
