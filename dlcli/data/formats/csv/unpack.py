"""The bytes of a CSV file: unpacked within bounds, and what is no text is told by its first bytes, with what to do."""

import io
import re
import zipfile

from dlcli.data.files.find import MAX_BYTES
from dlcli.data.formats.gunzip import MAX_RATIO, gunzip, is_gzip
from dlcli.data.formats.zip_directory import hidden, members_of, most_unpacked, refuse_link
from dlcli.errors import DataError
from dlcli.text import quoted, quoted_list

FREE_CELLS = 2_000_000
"""Cells that a packed file may always hold."""
CELLS_PER_BYTE = 10
"""Cells that a larger one may hold for each packed byte: each takes some 60 bytes of memory, however it was packed."""
MAX_MEMBERS = 1_000
"""Files of a .zip file."""

_PANDAS = "`pandas.{}('FILE'{}).to_csv('rows.csv', index=False)` writes it as CSV"
_EXCEL = "in Excel, save the sheet as CSV UTF-8"
_KINDS = [
    (rb"PAR1[^ -~]", "a Parquet file", _PANDAS.format("read_parquet", "")),
    (rb"ARROW1\0|FEA1[^ -~]", "a Feather (Arrow) file", _PANDAS.format("read_feather", "")),
    (rb"\x89HDF\r\n", "an HDF5 file", _PANDAS.format("read_hdf", ", KEY")),
    (rb"<stata_dta>", "a Stata file", _PANDAS.format("read_stata", "")),
    (rb"\$FL2@\(#\)", "an SPSS file", _PANDAS.format("read_spss", "")),
    (rb"\x80[\2-\5][^ -~]", "a Python pickle",
     "pickles are never read, since they can run any program: get the data as CSV"),
    (rb"RD[AX][23]\n", "an R data file", "in R, `write.csv(x, \"rows.csv\", row.names=FALSE)` writes a table as CSV"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file, such as an Excel workbook (.xls)", _EXCEL),
    (rb"SQLite format 3\0", "an SQLite database",
     "`sqlite3 -header -csv FILE \"SELECT * FROM TABLE\" > rows.csv` writes a table of it as CSV"),
    (rb"BZh[1-9](?:1AY&SY|\x17rE8P)", "packed with bzip2", "`bunzip2 FILE` unpacks it"),
    (rb"\xfd7zXZ\0", "packed with xz", "`unxz FILE` unpacks it"),
    (rb"\x28\xb5\x2f\xfd", "packed with Zstandard", "`unzstd FILE` unpacks it"),
    (rb"\x04\x22\x4d\x18", "packed with LZ4", "`unlz4 FILE` unpacks it"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (rb"Rar!\x1a", "a RAR archive", "unpack it first"),
    (rb"(?s:.{257})ustar", "a tar archive", "`tar -xf FILE` unpacks it"),
    (rb"\x93NUMPY", "a NumPy array", "the source `npy` reads it"),
    (rb"%PDF-", "a PDF document", "get the table as CSV from where the document is from"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture",
     "the source `image_folder` reads pictures, a folder for each class"),
    (rb"version https://git-lfs", "the pointer to a file in Git LFS, not the file", "`git lfs pull` fetches the file"),
    (rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html[\s>])", "a web page",
     "the address gave a page about the file: fetch the file itself"),
    (rb"(?:\xef\xbb\xbf)?\s*<\?xml", "an XML document", "get the table as CSV"),
    (rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*\"", "JSON",
     "the source `jsonl` reads JSON lines, an object on each; " + _PANDAS.format("read_json", "")),
]
"""What a file begins with, what it then is, and what to do; FILE stands for its name."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_./+][A-Za-z0-9_./+-]*")


def csv_bytes(data: bytes, name: str, delimiter: str) -> bytes:
    """The text of a CSV file, of a gzipped one, or of the only file of a .zip file. DataError names what else it is."""
    if is_gzip(data):
        unpacked = gunzip(data, name)
    elif data[:4] in (b"PK\3\4", b"PK\5\6"):
        unpacked = _unzip(data, name)
    else:
        _refuse_others(data, name)
        return data
    if is_gzip(unpacked) or unpacked[:4] == b"PK\3\4":
        raise DataError(name, "holds a file that is packed itself", "unpack it first")
    _refuse_others(unpacked, name)
    _check_cells(data, unpacked, name, delimiter)
    return unpacked


def _refuse_others(data: bytes, name: str) -> None:
    for pattern, what, hint in _KINDS:
        if re.match(pattern, data[:600]):
            written = name if _PLAIN_NAME.fullmatch(name) else "FILE"
            raise DataError(name, f"is {what}, and CSV text is expected", hint.replace("FILE", written))


def _check_cells(packed: bytes, data: bytes, name: str, delimiter: str) -> None:
    """DataError if a packed file holds more cells than its size allows: beyond that it is made to exhaust memory."""
    most = max(FREE_CELLS, CELLS_PER_BYTE * len(packed))
    if sum(map(data.count, (delimiter.encode(), b"\n", b"\r"))) > most:
        raise DataError(name, f"unpacks from {len(packed):,} bytes to more than {most:,} cells and lines: more than "
                        f"{CELLS_PER_BYTE} for each byte and than {FREE_CELLS:,}",
                        "unpack it first, if it is what it should be")


def _unzip(data: bytes, name: str) -> bytes:
    """The only file of an archive; folders, and what file managers leave behind, do not count."""
    if data.count(b"PK\1\2") > MAX_MEMBERS:        # entries of the directory, which would be read whole
        raise DataError(name, f"is a .zip file of more than {MAX_MEMBERS:,} files", "unpack it, and name the file")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = [member for member in members_of(archive, name, MAX_MEMBERS)
                   if not member.is_dir() and not any(map(hidden, member.filename.split("/")))]
        member = _only(members, name)
        return archive.open(member).read(member.file_size + 1)
    except DataError:
        raise
    except Exception as error:      # whatever a damaged archive leads its parser and the decompressors to
        raise DataError(name, f"is not a sound .zip file: {str(error) or type(error).__name__}") from None


def _only(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    """The member to read, looked at before it is unpacked."""
    titles = [member.filename for member in members]
    for part, what, hint in (("xl/", "an Excel workbook", _EXCEL),
                             ("word/", "a Word document", "save its table as CSV"),
                             ("content.xml", "an OpenDocument file", "save the sheet as CSV")):
        if any(title.startswith(part) for title in titles):
            raise DataError(name, f"is {what}, and CSV text is expected", hint)
    if titles and all(title.endswith(".npy") for title in titles):
        raise DataError(name, "is a .npz file of NumPy arrays, and CSV text is expected", "the source `npz` reads it")
    if len(members) != 1:
        there = f": {quoted_list(titles, 6)}" if titles else ""
        raise DataError(name, f"is a .zip file of {len(members):,} files{there}",
                        "one with a single CSV file is read: unpack this one, and name the file")
    member = members[0]
    refuse_link(member, name)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(name, f"{quoted(member.filename)} is packed by a method that is not read", "unpack it first")
    most = most_unpacked(member, MAX_BYTES)
    if member.file_size > most:
        raise DataError(name, f"{quoted(member.filename)} unpacks to {member.file_size:,} bytes; at most {most:,} are "
                        f"read, or {MAX_RATIO} times its packed size", "unpack it first, if it is what it should be")
    return member
