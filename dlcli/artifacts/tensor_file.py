"""Named arrays in one safetensors file, for which the file itself vouches.

The format (https://huggingface.co/docs/safetensors): 8 bytes with the length of the header; the header, JSON with a
dtype, a shape and two offsets for each array; then the arrays, little-endian, row by row, without a gap. Here the last
array, "sha256", is the hash of everything before it: bytes that have changed are noticed even if no other record of the
file is left.

It is written here rather than by the `safetensors` package, whose 0.8.0 writes wrong values for arrays that are not
contiguous; and it is read here because a file may come from anyone: everything is checked before memory is taken.
"""

import re
from hashlib import sha256
from math import prod
from typing import BinaryIO

import numpy as np

from dlcli.errors import RunError, StorageError
from dlcli.storage.strict_json import MAX_BYTES, dump, parse

DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "BOOL": "|b1"}
CODES = {dtype: code for code, dtype in DTYPES.items()}
FIELDS = {"dtype", "shape", "data_offsets"}
WHOLE = range(1 << 53)
"""What a size, an offset or a count may be: whole numbers that every JSON reader keeps exactly."""


class DamagedError(RunError):
    """The file is not what was once written: cut off, altered, or never one of ours."""


def encode(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> tuple[list, str]:
    """The file in pieces, without a copy of arrays that are contiguous already; and the sha256 of the whole file, in
    hex.

    ValueError for a dtype other than float32, float64, int64, int32 and bool, for an odd name, and for a header above
    16 MiB.
    """
    header, pieces, end = {"__metadata__": metadata}, [], 0
    # keeps all aligned
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in CODES or not _sane(name):
            raise ValueError(f"the array {name!r} of type {array.dtype} cannot be stored")
        array = np.asarray(array, dtype)
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": CODES[dtype], "shape": array.shape, "data_offsets": (begin, end)}
        pieces.append(array.reshape(-1).view(np.uint8).data)      # a copy only if the memory is not in this order
    header["sha256"] = {"dtype": "U8", "shape": (32,), "data_offsets": (end, end + 32)}
    text = dump(header)
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_BYTES:
        raise ValueError(f"metadata and names take {len(text):,} bytes; at most {MAX_BYTES:,} can be stored")
    pieces.insert(0, len(text).to_bytes(8, "little") + text)
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    pieces.append(digest.digest())
    digest.update(pieces[-1])
    return pieces, digest.hexdigest()


def decode(
    stream: BinaryIO, size: int, where: str, expected: str | None, signed: bool
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays (new, writable) and metadata of a file of `size` bytes.

    expected: the sha256 of the whole file, if it is known. signed: the file must have the array "sha256"; if it has
    one, it is checked. DamagedError names the byte or the field if the file is not as it should be; StorageError:
    not enough memory.
    """
    text = _read_header(stream, size, where)
    try:
        header = parse(text, f"{where}: header")
    except RunError as error:
        raise DamagedError(*error.args) from None
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise DamagedError(f"{where}: __metadata__", "expected an object whose values are text")
    entries = [_read_entry(name, entry, f"{where}: array {name[:80]!r}") for name, entry in header.items()]
    entries.sort(key=lambda entry: entry[3:])
    if signed and "sha256" not in header:
        raise DamagedError(where, "nothing vouches for its contents: it has no array 'sha256'")
    _check_layout(entries, size - 8 - len(text), where)
    try:
        body = np.empty(size - 8 - len(text), np.uint8)
    except MemoryError:
        raise StorageError(where, f"needs {size:,} bytes of memory, which are not free") from None
    if stream.readinto(body.data) != body.nbytes:
        raise DamagedError(where, "the file ended while it was read", "another process may be changing it")
    _check_digest(text, body, "sha256" in header, where, expected)
    arrays = {name: _view(body[begin:end], dtype, shape, f"{where}: array {name!r}")
              for name, dtype, shape, begin, end in entries if name != "sha256"}
    return arrays, metadata


def _read_header(stream: BinaryIO, size: int, where: str) -> bytes:
    prefix = stream.read(8)
    if len(prefix) < 8:
        raise DamagedError(
            f"{where}: byte {len(prefix)}", "the file ends; expected 8 bytes with the length of the header"
        )
    length = int.from_bytes(prefix, "little")
    if not 2 <= length <= MAX_BYTES:
        raise DamagedError(f"{where}: byte 0", f"a header of {length:,} bytes; expected 2 to {MAX_BYTES:,}")
    if length > size - 8:
        raise DamagedError(f"{where}: byte 0", f"a header of {length:,} bytes, where only {size - 8:,} follow")
    text = stream.read(length)
    if not text.startswith(b"{"):
        raise DamagedError(f"{where}: byte 8", "the header does not begin with '{'")
    return text


def _read_entry(name: str, entry, where: str) -> tuple:
    """(name, NumPy dtype, shape, begin, end) of one array, each checked by itself."""
    if not isinstance(entry, dict) or set(entry) != FIELDS:
        raise DamagedError(where, f"expected an object with exactly {', '.join(sorted(FIELDS))}")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if name == "sha256":
        if (code, shape) != ("U8", [32]):
            raise DamagedError(where, "expected 32 values of dtype U8")
    elif not _sane(name):
        raise DamagedError(where, "not a name for an array")
    elif not isinstance(code, str) or code not in DTYPES:
        raise DamagedError(f"{where}: dtype", f"{str(code)[:20]!r}; expected one of {', '.join(DTYPES)}")
    if not isinstance(shape, list) or len(shape) > 32 or not all(map(is_whole, shape)):
        raise DamagedError(f"{where}: shape", f"{str(shape)[:80]}; expected at most 32 whole numbers from 0")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(is_whole, offsets)):
        raise DamagedError(f"{where}: data_offsets", f"{str(offsets)[:80]}; expected two whole numbers from 0")
    dtype = np.dtype(DTYPES.get(code, "|u1"))
    begin, end = offsets
    if end - begin != prod(shape) * dtype.itemsize:
        raise DamagedError(f"{where}: data_offsets", f"{offsets} do not span the shape {str(shape)[:80]} of {code}")
    return name, dtype, shape, begin, end


def is_whole(value) -> bool:
    """Whether a JSON value is a whole number from 0 that every reader keeps exactly."""
    return type(value) is int and value in WHOLE


def _check_layout(entries: list, size: int, where: str) -> None:
    position = 0
    for name, _, _, begin, end in entries:
        if begin != position:
            raise DamagedError(
                f"{where}: array {name!r}: data_offsets", f"begins at {begin:,}; the array before ends at {position:,}"
            )
        position = end
    if position != size:
        raise DamagedError(where, f"the header declares {position:,} bytes of arrays, {size:,} are stored")
    if any(name == "sha256" for name, *_ in entries[:-1]):
        raise DamagedError(f"{where}: array 'sha256'", "not the last array")


def _check_digest(text: bytes, body: np.ndarray, signed: bool, where: str, expected: str | None) -> None:
    split = len(body) - 32 if signed else len(body)
    digest = sha256(len(text).to_bytes(8, "little") + text)
    digest.update(body[:split])
    if signed and digest.digest() != body[split:].tobytes():
        raise DamagedError(where, "damaged: the contents do not match their own sha256")
    digest.update(body[split:])
    if expected is not None and digest.hexdigest() != expected:
        raise DamagedError(
            where, f"not the file that was saved: sha256 {digest.hexdigest()[:12]}..., expected {expected[:12]}..."
        )


def _view(data: np.ndarray, dtype: np.dtype, shape: list, where: str) -> np.ndarray:
    if dtype.char == "?" and data.size and data.max() > 1:
        raise DamagedError(where, f"the byte {data.max()} in an array of bool")
    return np.require(data.view(dtype).reshape(shape), requirements="A")


def _sane(name: str) -> bool:
    """Letters of any language, digits, a few signs; no path that leads upwards."""
    return (re.fullmatch(r"[\w.:/ \-\[\]]{1,256}", name) is not None and name not in ("sha256", "__metadata__")
            and not {"", ".", ".."} & set(name.split("/")))
