"""How the bytes of a CSV file are text: checked strictly, since a wrong guess changes labels without an error."""

import re
from typing import NamedTuple

from dlcli.errors import DataError

_BEYOND_LATIN = re.compile(rb"[\x80-\x9f]")
"""Bytes that are control characters in latin-1, and the euro sign, dashes and curved quotes in windows-1252."""


class Encoded(NamedTuple):
    """The bytes of a file, and the encoding that they should have.

    trained: whether a network has been trained on such files, so that no option can be changed any more.
    """

    data: bytes
    name: str
    encoding: str
    trained: bool

    def codec(self) -> str:
        """Python's name of the codec that reads all of the data. DataError, with the encoding to take, if it is
        another."""
        codec = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}.get(self.encoding, self.encoding)
        if self.encoding == "utf-16":
            codec = self._utf16()
        elif (other := _wide(self.data)) is not None:
            raise self._error(1, f"is {other}, expected {self.encoding}", "utf-16" if other == "UTF-16" else None)
        elif self.encoding in ("latin-1", "windows-1252"):
            self._check_single_bytes()
        try:
            text = self.data.decode(codec)
        except UnicodeDecodeError as error:
            raise self._wrong_byte(error.start) from None
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise DataError(f"{self.name}:{line}", "has a NUL character: this is no text file")
        return codec

    def _utf16(self) -> str:
        """The codec for UTF-16, with its byte order from its mark or, without one, from where the zeros stand."""
        if b"\0" not in self.data:
            raise self._error(1, "is no UTF-16", "utf-8")
        if _wide(self.data) == "UTF-32":
            raise self._error(1, "is UTF-32, expected utf-16", None)
        return "utf-16" if self.data[:2] in (b"\xff\xfe", b"\xfe\xff") else _zeros(self.data) or "utf-16"

    def _check_single_bytes(self) -> None:
        """An encoding in which every byte is some character reads anything: what would come out wrong is refused."""
        if self.data.isascii():
            return
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            raise self._error(1, f"is UTF-8, expected {self.encoding}: its letters beyond ASCII would become others",
                              "utf-8")
        if self.encoding == "latin-1" and (found := _BEYOND_LATIN.search(self.data)):
            raise self._wrong_byte(found.start())

    def _wrong_byte(self, at: int) -> DataError:
        line = self.data.count(b"\n", 0, at) + 1
        problem = f"is not {self.encoding}: byte {self.data[at]:#04x} at offset {at}"
        return self._error(line, problem, _fitting(self.data))

    def _error(self, line: int, problem: str, fitting: str | None) -> DataError:
        """fitting: the encoding that fits the bytes, if one is known."""
        if self.trained:
            hint = f"save it as {self.encoding}, as the run's training file was"
        elif fitting == "utf-8":
            hint = "leave out `encoding`"
        else:
            hint = "save it as UTF-8" + (f", or set `encoding: {fitting}`" if fitting else "")
        return DataError(f"{self.name}:{line}", problem, hint)


def _wide(data: bytes) -> str | None:
    """The name of an encoding with two or four bytes to a character, which leaves its marks in plain text too."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "UTF-32"
    return "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") or _zeros(data) else None


def _zeros(data: bytes) -> str | None:
    """The byte order of UTF-16 if every second byte of most of the beginning is 0, and no other is."""
    head = data[:2000]
    for start, order in ((0, "utf-16-be"), (1, "utf-16-le")):
        zeros, others = head[start::2], head[1 - start::2]
        if len(zeros) > 1 and 4 * zeros.count(0) > 3 * len(zeros) and not others.count(0):
            return order
    return None


def _fitting(data: bytes) -> str | None:
    """The encoding with one byte to a character that fits these bytes; None if none does, or most are UTF-8."""
    text = data.decode("utf-8", "replace")
    if len(re.findall(r"[^\x00-\x7f\ufffd]", text)) > text.count("\ufffd"):
        return None
    if not _BEYOND_LATIN.search(data):
        return "latin-1"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return "windows-1252"
