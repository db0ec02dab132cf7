"""Unpacking gzip data within bounds."""

import gzip
import io
import zlib

from dlcli.errors import DataError

FREE_BYTES = 64 << 20
"""Unpacked size that is always allowed."""
MAX_RATIO = 100
"""How many times its packed size a larger file may have unpacked: what lies above is made to exhaust memory."""


def is_gzip(data: bytes) -> bool:
    return data[:2] == b"\x1f\x8b"


def allowed(packed: int) -> int:
    """Bytes that `packed` bytes may become."""
    return max(FREE_BYTES, MAX_RATIO * packed)


class Gunzip:
    """The unpacked bytes of a gzip file in memory, in order. Checksums are verified at the end of each member."""

    def __init__(self, data: bytes, name: str):
        self._name, self._size = name, len(data)
        self._stream = gzip.GzipFile(fileobj=io.BytesIO(data))

    def read(self, size: int) -> bytes:
        """Up to `size` further bytes; fewer only at the end. Never unpacks more."""
        try:
            return self._stream.read(size)
        except EOFError:
            raise DataError(self._name, f"is a gzip file that was cut short, after {self._size:,} bytes") from None
        except (OSError, zlib.error) as error:
            raise DataError(self._name, f"is a damaged gzip file: {error}") from None

    def finish(self) -> None:
        """Check that nothing is left and the checksum fits."""
        if self.read(1):
            raise DataError(self._name, "holds more bytes than its header declares")


def gunzip(data: bytes, name: str) -> bytes:
    """The whole of a gzip file."""
    stream, limit = Gunzip(data, name), allowed(len(data))
    unpacked = stream.read(limit + 1)
    if len(unpacked) > limit:
        raise DataError(name, f"unpacks to more than {limit:,} bytes, {MAX_RATIO} times its size and more")
    stream.finish()
    return unpacked
