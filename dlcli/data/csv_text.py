"""The text of a CSV file as rows of cells, strictly: what does not fit is an error at its line and column."""

import csv
import io
from collections.abc import Callable

from dlcli.data.gunzip import gunzip, is_gzip
from dlcli.data.table import short
from dlcli.errors import DataError

MAX_CELL = 10_000
"""Characters of one cell in a column that is used."""


class CsvText:
    """Rows of equal length, as text. `place(row, column)` says where a cell is: file:line:column, all counted from 1."""

    def __init__(self, data: bytes, name: str, delimiter: str = ",", encoding: str = "utf-8", strip: bool = True):
        self.name, self.delimiter, self._strip = name, delimiter, strip
        self._text = _decode(gunzip(data, name) if is_gzip(data) else data, name, encoding)
        try:
            self.rows = [row for row in self._reader() if row]
        except csv.Error as error:
            raise DataError(f"{name}:{self._broken_line()}", f"is not sound CSV: {error}",
                            "a quoted cell begins and ends with a double quote; a quote within it is doubled") from None
        if not self.rows:
            raise DataError(name, "is empty")
        self._check_lengths()

    def place(self, row: int, column: int | None = None) -> str:
        """Where a row (counted from 0) and a column (from 0) are in the file."""
        return f"{self.name}:{self._line(row)}" + ("" if column is None else f":{column + 1}")

    def _reader(self):
        return csv.reader(io.StringIO(self._text, newline=""), delimiter=self.delimiter, strict=True, skipinitialspace=self._strip)

    def _line(self, row: int) -> int:
        """First line of a row; found by reading again, since only errors ask."""
        reader, before, count = self._reader(), 0, -1
        for cells in reader:
            count += bool(cells)
            if count == row:
                break
            before = reader.line_num
        return before + 1

    def _broken_line(self) -> int:
        reader, line = self._reader(), 0
        try:
            for _ in reader:
                line = reader.line_num
        except csv.Error:
            pass
        return line + 1

    def _check_lengths(self) -> None:
        width = len(self.rows[0])
        if len(set(map(len, self.rows))) > 1:
            row = next(i for i, cells in enumerate(self.rows) if len(cells) != width)
            raise DataError(self.place(row), f"has {len(self.rows[row])} cells where the first row has {width}",
                            "is a delimiter missing, or one too many? A cell with a delimiter in it needs double quotes")


def _decode(data: bytes, name: str, encoding: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and encoding != "utf-16":
        raise DataError(f"{name}:1", f"is UTF-16, expected {encoding}", "save it as UTF-8, or set `encoding: utf-16`")
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise DataError(f"{name}:{line}", f"is not {encoding}: byte {data[error.start]:#04x} at offset {error.start}",
                        "save it as UTF-8, or set `encoding: latin-1`" if encoding == "utf-8" else None) from None
    if "\0" in text:
        raise DataError(f"{name}:{text.count(chr(10), 0, text.index(chr(0))) + 1}", "has a NUL character: this is no text file")
    return text


def check_cell(text: str, place: Callable[[], str]) -> None:
    """Cells of columns that are used are short and of one line. `place` is asked only where this one is not."""
    if len(text) > MAX_CELL:
        raise DataError(place(), f"has a cell of {len(text):,} characters; at most {MAX_CELL:,} are read")
    if "\n" in text or "\r" in text:
        raise DataError(place(), f"has a line break within a cell: {short(text)}",
                        "a quote is left open, or the column is free text: name it under `drop`")
