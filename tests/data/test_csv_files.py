"""Files that are no CSV, packed files, and encodings: told by their bytes, read within bounds."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from dlcli.data.dataset import Data
from dlcli.data.formats.csv import rows, unpack
from dlcli.data.new_rows import prepare_new
from dlcli.errors import DataError
from tests.data.rig import csv, loaded, made

GOOD = b"a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n"
WORDS = "name,y\nM\u00fcller,u\nStra\u00dfe,v\nM\u00fcller,u\nStra\u00dfe,v\n"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def encrypted() -> bytes:
    data = bytearray(packed(("x.csv", GOOD)))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def flipped() -> bytes:
    data = bytearray(packed(("x.csv", GOOD * 50)))
    data[45] ^= 255
    return bytes(data)


OTHERS = {
    "xlsx": (
        packed(("[Content_Types].xml", b""), ("xl/workbook.xml", b"")),
        "an Excel workbook",
        "save the sheet as CSV",
    ),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "Excel workbook", "save the sheet as CSV"),
    "ods": (packed(("mimetype", b""), ("content.xml", b"")), "an OpenDocument file", "save the sheet as CSV"),
    "parquet": (b"PAR1\x15\4PAR1", "a Parquet file", "pandas.read_parquet('a.csv')"),
    "feather": (b"ARROW1\0\0", "a Feather", "read_feather"),
    "feather 1": (b"FEA1\0\0\0\0", "a Feather", "read_feather"),
    "sqlite": (b"SQLite format 3\0" + bytes(84), "an SQLite database", "sqlite3 -header -csv a.csv"),
    "bz2": (bz2.compress(GOOD), "bzip2", "`bunzip2 a.csv`"),
    "empty bz2": (bz2.compress(b""), "bzip2", "bunzip2"),
    "xz": (lzma.compress(GOOD), "packed with xz", "unxz"),
    "zst": (b"\x28\xb5\x2f\xfd\4\0", "Zstandard", "unzstd"),
    "pickle": (b"\x80\4\x95\0", "a Python pickle", "never read"),
    "npy": (b"\x93NUMPY\1\0", "a NumPy array", "`npy`"),
    "npz": (packed(("x.npy", b"\x93NUMPY")), "NumPy arrays", "`npz`"),
    "png": (b"\x89PNG\r\n\x1a\n", "a picture", "image_folder"),
    "web page": (b"\n<!DOCTYPE html>\n<html>", "a web page", "fetch the file itself"),
    "json": (b'[{"a": 1}]', "JSON", "read_json"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
    "tar.gz": (gzip.compress(b"x" * 257 + b"ustar\0" + bytes(300)), "a tar archive", "tar -xf"),
    "R": (gzip.compress(b"RDX3\nX\n"), "an R data file", "write.csv"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "read_hdf"),
    "gzip twice": (gzip.compress(gzip.compress(GOOD)), "packed itself", "unpack it first"),
    "gzip in zip": (packed(("x.csv.gz", gzip.compress(GOOD))), "packed itself", "unpack it first"),
    "parquet in zip": (packed(("x", b"PAR1\x15")), "a Parquet file", "read_parquet"),
    "two in zip": (packed(("x.csv", GOOD), ("y.csv", GOOD)), "2 files: 'x.csv', 'y.csv'", "a single CSV file"),
    "many in zip": (packed(*((f"{i}.csv", b"") for i in range(1001))), "more than 1,000 files", "unpack it"),
    "none in zip": (packed(("x/", b"")), "0 files", "a single CSV file"),
    "encrypted": (encrypted(), "'x.csv' is encrypted", None),
    "cut zip": (packed(("x.csv", GOOD))[:60], "no|not a sound", None),
    "damaged zip": (flipped(), "not a sound .zip file", None),
    "other method": (packed(("x.csv", GOOD), method=zipfile.ZIP_LZMA), "a method that is not read", "unpack"),
    "zip bomb": (lambda: packed(("x.csv", b"1,0\n" * (20 << 20))), "unpacks to 83,886,080 bytes", "unpack it first"),
}


@pytest.mark.parametrize("data, what, cure", OTHERS.values(), ids=OTHERS)
def test_what_is_no_csv_is_told_with_the_cure(tmp_path, data, what, cure):
    with pytest.raises(DataError, match=what) as caught:
        loaded(csv(tmp_path, made(data)), tmp_path)
    assert caught.value.where == "a.csv" and (cure is None or cure in caught.value.hint)


@pytest.mark.parametrize(
    "data",
    [
        packed(("a.csv", GOOD)),
        packed(("d/", b""), ("d/a.txt", GOOD), ("__MACOSX/d/._a.txt", b"?"), ("d/.DS_Store", b"?")),
        packed(("a.csv", GOOD), method=zipfile.ZIP_STORED),
        packed(("a.csv", b"\xef\xbb\xbf" + GOOD)),
        gzip.compress(GOOD),
        GOOD.replace(b"a,b", b"PAR1,BZh9", 1),
        GOOD.replace(b"a,b", b"%PDF,{b", 1),
    ],
    ids=[
        "zip",
        "zip of a Mac",
        "zip, stored",
        "zip, with a mark",
        "gzip",
        "names like signs",
        "names like other signs",
    ],
)
def test_what_is_csv_is_read(tmp_path, data):
    read = loaded(csv(tmp_path, data), tmp_path)
    assert read.splits["train"].inputs["x"].tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]
    for name in ("new.csv.zip", "new.zip", "new.data"):     # whatever training reads
        (tmp_path / name).write_bytes(data)
        assert len(prepare_new(tmp_path / name, Data.of(read.state()), labelled=True)) == 4


def test_packed_cells_and_columns_are_bounded(tmp_path, monkeypatch):
    """What lies above the bounds is refused before it is divided into cells, which would take many times its memory."""
    size, lines = 4 << 20, rows.CsvText._lines
    monkeypatch.setattr(rows.CsvText, "_lines", None)
    for data in (
        b"a,y\n" + b"," * size,
        b"a,y\n1,0\n" + b"\n" * size,
        b"a,y\n" + b"1,0\n" * (size // 2),
        b"a,y\n" + b"\r" * size,
        b"a,y\n1\n" + b"1,0\n" * (size // 2),
        b"a,y\n" + b'"\n",' * size,
    ):
        for pack in (gzip.compress, lambda data: packed(("x.csv", data))):
            with pytest.raises(DataError, match="more than 2,000,000 cells and lines: more than 10 for each byte"):
                loaded(csv(tmp_path, pack(data)), tmp_path)
    monkeypatch.setattr(rows.CsvText, "_lines", lines)
    monkeypatch.setattr(
        rows.csv,
        "reader",
        lambda lines, own=rows.csv.reader, **options: own(
            (line for line in lines if len(line) < 1000 or pytest.fail("was divided into cells")), **options
        ),
    )
    for text, where in ((b"a,y\n" + b"," * size, "a.csv:2"), (b"a," * 100_001 + b"y\n", "a.csv:1")):
        with pytest.raises(DataError, match="has more than 100,000 columns") as caught:
            loaded(csv(tmp_path, text), tmp_path)
        assert caught.value.where == where and "`npy`" in caught.value.hint
    monkeypatch.setattr(unpack, "FREE_CELLS", 16)
    monkeypatch.setattr(unpack, "CELLS_PER_BYTE", 0)
    with pytest.raises(DataError, match="more than 16 cells"):
        loaded(csv(tmp_path, gzip.compress(GOOD + b"9,9,1\n")), tmp_path)
    assert len(loaded(csv(tmp_path, gzip.compress(GOOD)), tmp_path).splits["train"]) == 4


def test_ragged_rows_are_found_before_all_is_held(tmp_path, monkeypatch):
    read, lines = [], rows.CsvText._lines
    monkeypatch.setattr(rows.CsvText, "_lines", lambda self: (read.append(1) or line for line in lines(self)))
    monkeypatch.setattr(rows, "_CHUNK", 30)
    with pytest.raises(DataError, match="has 1 cells where the first row has 3"):
        loaded(csv(tmp_path, GOOD + b"1\n" + b"1,2,0\n" * 10_000), tmp_path)
    assert len(read) < 50


LATIN, EURO = WORDS.encode("latin-1"), WORDS.replace(",v", ",\u20ac").encode("cp1252")
ENCODINGS = {
    "latin-1": (LATIN, "utf-8", "a.csv:2", "is not utf-8: byte 0xfc at offset 8", "`encoding: latin-1`"),
    "euro": (EURO, "utf-8", "a.csv:2", "is not utf-8", "`encoding: windows-1252`"),
    "euro as latin-1": (EURO, "latin-1", "a.csv:3", "not latin-1: byte 0x80", "`encoding: windows-1252`"),
    "neither": (LATIN + b"x\x81,u\n", "utf-8", "a.csv:2", "is not utf-8", None),
    "neither as latin-1": (LATIN + b"x\x81,u\n", "latin-1", "a.csv:6", "is not latin-1: byte 0x81", None),
    "neither as windows": (LATIN + b"x\x81,u\n", "windows-1252", "a.csv:6", "is not windows-1252: byte 0x81", None),
    "one byte": (WORDS.encode() + b"M\xe4,u\n", "utf-8", "a.csv:6", "is not utf-8: byte 0xe4", None),
    "utf-8 as latin-1": (WORDS.encode(), "latin-1", "a.csv:1", "is UTF-8, expected latin-1", "leave out `encoding`"),
    "utf-8 as windows": (
        WORDS.encode(),
        "windows-1252",
        "a.csv:1",
        "is UTF-8, expected windows",
        "leave out `encoding`",
    ),
    "utf-8 as utf-16": (WORDS.encode(), "utf-16", "a.csv:1", "is no UTF-16", "leave out `encoding`"),
    "utf-16": (WORDS.encode("utf-16"), "utf-8", "a.csv:1", "is UTF-16, expected utf-8", "`encoding: utf-16`"),
    "utf-16, no mark": (WORDS.encode("utf-16-le"), "utf-8", "a.csv:1", "is UTF-16, expected", "`encoding: utf-16`"),
    "utf-16, big": (WORDS.encode("utf-16-be"), "latin-1", "a.csv:1", "is UTF-16, expected", "`encoding: utf-16`"),
    "utf-32": (WORDS.encode("utf-32"), "utf-8", "a.csv:1", "is UTF-32, expected utf-8", None),
    "utf-32 as utf-16": (WORDS.encode("utf-32"), "utf-16", "a.csv:1", "is UTF-32, expected utf-16", None),
}


@pytest.mark.parametrize("data, encoding, where, problem, hint", ENCODINGS.values(), ids=ENCODINGS)
def test_another_encoding_is_named(tmp_path, data, encoding, where, problem, hint):
    """The hint, followed to the letter, gives the texts of the file; where no option could, it names none."""
    with pytest.raises(DataError, match=problem) as caught:
        loaded(csv(tmp_path, data, encoding=encoding), tmp_path)
    assert caught.value.where == where
    if hint is None:
        assert caught.value.hint == "save it as UTF-8"
        return
    assert hint in caught.value.hint
    named = hint.strip("`").partition(": ")[2]
    read = loaded(csv(tmp_path, data, encoding=named or "utf-8"), tmp_path)
    assert read.fitted.features == ["name=M\u00fcller", "name=Stra\u00dfe"]
    (tmp_path / "n.csv").write_bytes(WORDS.encode("utf-32"))
    with pytest.raises(DataError) as caught:
        prepare_new(tmp_path / "n.csv", Data.of(read.state()))
    assert caught.value.hint == f"save it as {named or 'utf-8'}, as the run's training file was"
