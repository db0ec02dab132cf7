"""How the bytes of a CSV file are text: checked strictly, since a wrong guess changes labels without an error."""

import re

from dlcli.errors import DataError

_BEYOND_LATIN = re.compile(rb"[\x80-\x9f]")
"""Bytes that are control characters in latin-1, and the euro sign, dashes and curved quotes in windows-1252."""


def codec_of(data: bytes, name: str, encoding: str, trained: bool = False) -> str:
    """Python's name of the codec that reads all of the data. DataError, with the encoding to take, where it is another.

    trained: whether a network has been trained on such files, so that no option can be changed any more.
    """
    codec = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}.get(encoding, encoding)
    if encoding == "utf-16":
        codec = _utf16(data, name, trained)
    elif (other := _wide(data)) is not None:
        fitting = "utf-16" if other == "UTF-16" else None
        raise DataError(f"{name}:1", f"is {other}, expected {encoding}", _cure(fitting, encoding, trained))
    elif encoding in ("latin-1", "windows-1252"):
        _check_single_bytes(data, name, encoding, trained)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise _wrong_byte(data, error.start, name, encoding, trained) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{name}:{line}", "has a NUL character: this is no text file")
    return codec


def _wide(data: bytes) -> str | None:
    """The name of an encoding with two or four bytes to a character, which leaves its marks in plain text too."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "UTF-32"
    return "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") or _zeros(data) else None


def _zeros(data: bytes) -> str | None:
    """The byte order of UTF-16 where every second byte of most of the beginning is 0, and no other is."""
    head = data[:2000]
    for start, order in ((0, "utf-16-be"), (1, "utf-16-le")):
        zeros, others = head[start::2], head[1 - start::2]
        if len(zeros) > 1 and 4 * zeros.count(0) > 3 * len(zeros) and not others.count(0):
            return order
    return None


def _utf16(data: bytes, name: str, trained: bool) -> str:
    """The codec for UTF-16, with its byte order from its mark or, without one, from where the zeros stand."""
    if b"\0" not in data:
        raise DataError(f"{name}:1", "is no UTF-16", _cure("utf-8", "utf-16", trained))
    if _wide(data) == "UTF-32":
        raise DataError(f"{name}:1", "is UTF-32, expected utf-16", _cure(None, "utf-16", trained))
    return "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _zeros(data) or "utf-16"


def _check_single_bytes(data: bytes, name: str, encoding: str, trained: bool) -> None:
    """An encoding in which every byte is some character reads anything: what would come out wrong is refused."""
    if data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        raise DataError(f"{name}:1", f"is UTF-8, expected {encoding}: its letters beyond ASCII would become others",
                        _cure("utf-8", encoding, trained))
    if encoding == "latin-1" and (found := _BEYOND_LATIN.search(data)):
        raise _wrong_byte(data, found.start(), name, encoding, trained)


def _wrong_byte(data: bytes, at: int, name: str, encoding: str, trained: bool) -> DataError:
    line = data.count(b"\n", 0, at) + 1
    return DataError(f"{name}:{line}", f"is not {encoding}: byte {data[at]:#04x} at offset {at}",
                     _cure(_fitting(data), encoding, trained))


def _fitting(data: bytes) -> str | None:
    """The encoding with one byte to a character that fits these bytes; None where none does, or most are UTF-8."""
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


def _cure(fitting: str | None, encoding: str, trained: bool) -> str:
    if trained:
        return f"save it as {encoding}, as the run's training file was"
    if fitting == "utf-8":
        return "leave out `encoding`"
    return "save it as UTF-8" + (f", or set `encoding: {fitting}`" if fitting else "")
