"""The IDX format of MNIST (LeCun, Cortes and Burges 1998): magic 0 0 type rank, sizes as big-endian uint32, values."""

from math import prod
from typing import BinaryIO

import numpy as np

from dlcli.data.formats.gunzip import FREE_BYTES, MAX_RATIO, Gunzip, allowed, is_gzip
from dlcli.errors import DataError

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_RANK = 8


class _Plain:
    """Bytes in memory with the interface of Gunzip."""

    def __init__(self, data: bytes, name: str):
        self._data, self._name, self._position = memoryview(data), name, 0

    def read(self, size: int) -> memoryview:
        self._position += size
        return self._data[self._position - size:self._position]

    def finish(self) -> None:
        if self._position < len(self._data):
            raise DataError(self._name, f"has {len(self._data) - self._position:,} bytes more than its header declares")


def read_idx(data: bytes, name: str) -> np.ndarray:
    """The array of an IDX file, gzipped or not. The header is checked against the size before memory is asked for."""
    stream = (Gunzip if is_gzip(data) else _Plain)(data, name)
    dtype, shape = _header(stream, name)
    size = prod(shape) * dtype.itemsize
    if is_gzip(data):
        if size > allowed(len(data)):
            raise DataError(name, f"declares {size:,} bytes in a gzip file of {len(data):,}: more than "
                            f"{MAX_RATIO} times its size and than {FREE_BYTES:,}")
    elif size > len(data):
        raise DataError(
            name, f"declares {_shape(shape)} values, {size:,} bytes, and holds fewer ({len(data):,} in all)"
        )
    values = np.empty(size, np.uint8)
    for start in range(0, size, 1 << 20):
        part = stream.read(min(1 << 20, size - start))
        if len(part) < min(1 << 20, size - start):
            raise DataError(name, f"ends after {start + len(part):,} of the {size:,} bytes that its header declares")
        values[start:start + len(part)] = np.frombuffer(part, np.uint8)
    stream.finish()
    return values.view(dtype).reshape(shape)


def scan_idx(file: BinaryIO, name: str) -> np.ndarray:
    """A stand-in of the shape and type that the header declares; takes no memory."""
    data = file.read(1 << 16)
    stream = (Gunzip if is_gzip(data) else _Plain)(data, name)
    dtype, shape = _header(stream, name)
    return np.broadcast_to(np.zeros((), dtype), shape)


def _header(stream, name: str) -> tuple[np.dtype, tuple]:
    magic = bytes(stream.read(4))
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(
            name,
            f"is not an IDX file: expected it to begin with 00 00, got {magic[:2].hex(' ') or 'nothing'}"
            if len(magic) >= 4 or not magic
            else f"is not an IDX file: it has {len(magic)} bytes",
        )
    if magic[2] not in TYPES:
        raise DataError(name, f"has the unknown IDX type code {magic[2]:#04x} at byte 2",
                        "known are 08 (uint8), 09, 0b, 0c (int8 to int32), 0d, 0e (float32, float64)")
    if not 1 <= magic[3] <= MAX_RANK:
        raise DataError(name, f"declares {magic[3]} dimensions at byte 3; expected 1 to {MAX_RANK}")
    sizes = bytes(stream.read(4 * magic[3]))
    if len(sizes) < 4 * magic[3]:
        raise DataError(name, "ends within its header")
    shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
    if 0 in shape:
        raise DataError(name, f"declares {_shape(shape)} values: a size is 0")
    if prod(shape) >= 1 << 40:
        raise DataError(name, f"declares {_shape(shape)} values, more than can be real")
    return np.dtype(TYPES[magic[2]]), shape


def _shape(shape: tuple) -> str:
    return " x ".join(map(str, shape))
