"""NumPy's .npy and .npz files, read without NumPy's own loader: never pickle, and nothing is allocated before it is
checked."""

import re
import struct
import zipfile
import zlib
from collections.abc import Collection
from math import prod
from typing import BinaryIO

import numpy as np

from dlcli.data.formats.gunzip import FREE_BYTES, MAX_RATIO, allowed
from dlcli.data.formats.zip_directory import members_of
from dlcli.errors import DataError
from dlcli.text import quoted

MAX_HEADER = 10_000
MAX_MEMBERS = 1_000
MAX_RANK = 32

_DESCR = re.compile(r"[<>|=][fiub][1248]")
_FIELD = r"(?:'descr':\s*(?:'[^']*'|\[[^]]*\])|'fortran_order':\s*(?:True|False)|'shape':\s*\([^()]*\))"
_HEADER = re.compile(r"\{\s*" + r"\s*,\s*".join([_FIELD] * 3) + r"\s*,?\s*\}\s*")
_FIELDS = [
    re.compile(p)
    for p in (r"'descr':\s*'([^']{1,40})'", r"'fortran_order':\s*(True|False)", r"'shape':\s*\(([^()]*)\)")
]
_SIZES = re.compile(r"(?:\d{1,19},)*(?:\d{1,19})?")
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .-]{0,99}\.npy")


def read_npy(data: bytes, name: str) -> np.ndarray:
    """The array of a .npy file; a read-only view of its bytes."""
    dtype, shape, fortran, start = _header(data[:MAX_HEADER + 12], name)
    size = prod(shape) * dtype.itemsize
    if len(data) != start + size:
        raise DataError(name, f"declares {size:,} bytes of values and holds {len(data) - start:,}")
    return _array(memoryview(data)[start:], dtype, shape, fortran)


def scan_npy(file: BinaryIO, name: str, mapped: bool = False) -> np.ndarray:
    """A stand-in of the shape and type that the header declares; takes no memory. mapped: as for `layout_of`."""
    dtype, shape, _ = layout_of(file, name, mapped)
    return np.broadcast_to(np.zeros((), dtype), shape)


def layout_of(file: BinaryIO, name: str, mapped: bool) -> tuple[np.dtype, tuple, int]:
    """Type, shape and where the values begin, of a file that holds as many bytes as its header declares. mapped: rows
    must lie together."""
    dtype, shape, fortran, start = _header(file.read(MAX_HEADER + 12), name)
    size, there = prod(shape) * dtype.itemsize, file.seek(0, 2) - start
    if there != size:
        raise DataError(name, f"declares {size:,} bytes of values and holds {there:,}")
    if mapped and fortran and len(shape) > 1:
        raise DataError(name, "has its values in Fortran order, so that rows do not lie together",
                        "write it again with numpy.save(file, numpy.ascontiguousarray(x)), or leave out `memory_map`")
    return dtype, shape, start


def read_npz(file: BinaryIO, name: str, full: Collection[str],
             heads: Collection[str] = ()) -> dict[str, np.ndarray | None]:
    """The arrays of a .npz file by name: those in `full` read, stand-ins of those in `heads`. None of the others, which
    nothing unpacks."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in _members(archive, name)}
            wanted = {*full, *heads}
            return {title: _member(archive, member, f"{name}[{title}]", title in full) if title in wanted else None
                    for title, member in members.items()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        struct.error,
        OSError,
    ) as error:
        raise DataError(name, f"is not a sound .npz file: {error or type(error).__name__}") from None


def _members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The directory, looked through before anything is unpacked."""
    members = members_of(archive, name, MAX_MEMBERS)
    if not members:
        raise DataError(name, "holds no array")
    for member in members:
        title = member.filename
        if not _MEMBER.fullmatch(title):
            raise DataError(name, f"holds {quoted(title, 60)}, which is no array: expected names such as 'x.npy'")
        if member.file_size > allowed(member.compress_size):
            raise DataError(
                name,
                f"{title!r} unpacks from {member.compress_size:,} to {member.file_size:,} bytes: more than "
                f"{MAX_RATIO} times its size and than {FREE_BYTES:,}",
            )
    return members


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str, full: bool) -> np.ndarray:
    """One array, or a stand-in by its header. Its checksum is verified when all of it has been read."""
    with archive.open(member) as file:
        head = file.read(MAX_HEADER + 12)
        dtype, shape, fortran, start = _header(head, title)
        size = prod(shape) * dtype.itemsize
        if member.file_size != start + size:
            raise DataError(title, f"declares {size:,} bytes of values and holds {member.file_size - start:,}")
        if not full:
            return np.broadcast_to(np.zeros((), dtype), shape)
        values = np.empty(size, np.uint8)
        position = len(head) - start
        values[:position] = np.frombuffer(head, np.uint8, position, start)
        while part := file.read(1 << 20):
            values[position:position + len(part)] = np.frombuffer(part, np.uint8)
            position += len(part)
        if position != size:
            raise DataError(title, f"ends after {position:,} of {size:,} bytes")
    return _array(values, dtype, shape, fortran)


def _array(values, dtype: np.dtype, shape: tuple, fortran: bool) -> np.ndarray:
    array = np.frombuffer(values, dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def _header(data: bytes, name: str) -> tuple[np.dtype, tuple, bool, int]:
    """Type, shape, Fortran order and where the values begin."""
    if data[:6] != b"\x93NUMPY":
        raise DataError(
            name, "is not a .npy array: it does not begin with \\x93NUMPY", "pickled objects are never read"
        )
    if len(data) < 12 or data[6] not in (1, 2, 3):
        raise DataError(name, f"has the unknown .npy version {data[6]}" if len(data) > 6 else "ends within its header")
    start = 10 if data[6] == 1 else 12
    length = int.from_bytes(data[8:start], "little")
    if length > MAX_HEADER:
        raise DataError(name, f"has a header of {length:,} bytes; at most {MAX_HEADER:,} are read")
    if len(data) < start + length:
        raise DataError(name, "ends within its header")
    text = data[start:start + length].decode("latin-1")
    if not _HEADER.fullmatch(text):
        raise DataError(name, "has a header that is not of the .npy format")
    descr, order, shape = (pattern.search(text) for pattern in _FIELDS)
    if descr is None or not _DESCR.fullmatch(descr[1]) or descr[1][1:] in ("f1", "b2", "b4", "b8"):
        raise DataError(
            name,
            f"holds {descr[1] if descr else 'structured records'}; expected plain numbers or truth values",
            "objects, texts and records are never read",
        )
    numbers = "".join(shape[1].split()) if order and shape else "?"
    if not _SIZES.fullmatch(numbers):
        raise DataError(name, "has a header without a sound shape")
    sizes = tuple(int(n) for n in numbers.split(",") if n)
    if not 1 <= len(sizes) <= MAX_RANK:
        raise DataError(name, f"has {len(sizes)} dimensions; expected 1 to {MAX_RANK}")
    if 0 in sizes or prod(sizes) >= 1 << 40:
        raise DataError(
            name, f"declares the shape {sizes}, which is {'empty' if 0 in sizes else 'too large to be real'}"
        )
    return np.dtype(descr[1]), sizes, order[1] == "True", start + length
