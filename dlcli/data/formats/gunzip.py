"""Unpacking gzip data within bounds."""

import zlib

from dlcli.errors import DataError

FREE_BYTES = 64 << 20
"""Unpacked size that is always allowed."""
MAX_RATIO = 100
"""How many times its packed size a larger file may have unpacked: what lies above is made to exhaust memory."""

_CHUNK = 1 << 20


def is_gzip(data: bytes) -> bool:
    return data[:2] == b"\x1f\x8b"


def allowed(packed: int) -> int:
    """Bytes that `packed` bytes may become."""
    return max(FREE_BYTES, MAX_RATIO * packed)


class Gunzip:
    """The unpacked bytes of a gzip file in memory, in order. Checksums are verified at the end."""

    def __init__(self, data: bytes, name: str):
        self._data, self._name = memoryview(data), name
        self._position, self._rest = 0, b""
        self._unpack = zlib.decompressobj(wbits=31)

    def read(self, size: int) -> bytes:
        """Up to `size` further bytes; fewer only at the end."""
        parts, missing = [], size
        while missing and not self._unpack.eof:
            if not self._rest and self._position < len(self._data):
                self._rest = self._data[self._position:self._position + _CHUNK]
                self._position += _CHUNK
            try:
                part = self._unpack.decompress(self._rest, missing)
            except zlib.error as error:
                raise DataError(self._name, f"is a damaged gzip file: {error}") from None
            self._rest = self._unpack.unconsumed_tail
            if not part and not self._rest and self._position >= len(self._data) and not self._unpack.eof:
                raise DataError(self._name, f"is a gzip file that was cut short, after {len(self._data):,} bytes")
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def finish(self) -> None:
        """Check that nothing is left and the checksum fits."""
        if self.read(1):
            raise DataError(self._name, "holds more bytes than its header declares")
        if self._unpack.unused_data or self._position < len(self._data):
            raise DataError(self._name, "has trailing bytes after the gzip data")


def gunzip(data: bytes, name: str) -> bytes:
    """The whole of a gzip file."""
    stream, limit = Gunzip(data, name), allowed(len(data))
    unpacked = stream.read(limit + 1)
    if len(unpacked) > limit:
        raise DataError(name, f"unpacks to more than {limit:,} bytes, {MAX_RATIO} times its size and more")
    stream.finish()
    return unpacked
