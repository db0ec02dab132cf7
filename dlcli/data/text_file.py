"""Reading text."""

from typing import Literal

from dlcli.data.files.find import Files
from dlcli.errors import DataError

Encoding = Literal["utf-8", "latin-1", "windows-1252", "utf-16"]
CODECS = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}


def read_text(files: Files, written: str, encoding: str, trained: bool = False) -> str:
    """A file's text, with \\n at the end of lines. DataError for bytes that are no such text, and if there is none.
    trained: whether a network has been trained on such texts, so that no option can be changed any more."""
    data = files.read(written)
    try:
        text = data.decode(CODECS.get(encoding, encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = f"save it as {encoding}" if trained else "name the file's `encoding`, or save it as UTF-8"
        raise DataError(f"{written}:{line}", f"is not {encoding}: byte {data[error.start]:#04x} at offset "
                        f"{error.start:,}", hint) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{written}:{line}", "has a NUL character: this is no text file")
    if not text.strip():
        raise DataError(written, "holds no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")
