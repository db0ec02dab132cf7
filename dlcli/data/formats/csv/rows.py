"""The text of a CSV file as rows of cells, strictly: what does not fit is an error at its line and column."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from dlcli.data.formats.csv.encoding import Encoded
from dlcli.data.formats.csv.unpack import csv_bytes
from dlcli.errors import DataError
from dlcli.text import quoted

MAX_CELL = 10_000
"""Characters of one cell in a column that is used."""
MAX_COLUMNS = 100_000
"""Columns of a file."""
_CHUNK = 1 << 19
"""Cells that are held as rows at a time."""
_SAMPLE = 1 << 16
"""Bytes that are looked at for another delimiter."""
_FREE_TEXT = "the column is free text: name it under `types` as tokens, or under `drop`"
_QUOTES = "a quoted cell begins and ends with a double quote; a quote within it is doubled"


class CsvText:
    """Rows of equal length, read as they are needed. `place(row, column)` is where a cell is: file:line:column, from 1.

    options: delimiter, encoding and strip of source `csv`. trained: whether a network has been trained on such files,
    so that no option can be changed any more. first: cells of the first row. A blank as delimiter stands for any run
    of blanks and tabs, if `strip`.
    """

    def __init__(self, data: bytes, name: str, options, trained: bool = False):
        self.name, self.delimiter, self.trained = name, options.delimiter, trained
        self._strip, self._blanks = options.strip, options.strip and options.delimiter == " "
        self._data = csv_bytes(data, name, options.delimiter)
        self._codec = Encoded(self._data, name, options.encoding, trained).codec()
        self._one = False
        self._one = len(next(self._rows(), [])) == 1
        self.first = next(self._rows(), None)
        if self.first is None:
            raise DataError(name, "is empty")

    def columns(self, wanted: Sequence[int], skip: int) -> list[list[str]]:
        """All cells of these columns (from 0), without the first `skip` rows. The length of every row is checked."""
        rows, width, before = self._rows(), len(self.first), skip
        cells: list[list[str]] = [[] for _ in wanted]
        for _ in range(skip):
            next(rows)
        while chunk := list(islice(rows, max(1, _CHUNK // width))):
            if set(map(len, chunk)) != {width}:
                self._refuse_ragged(before, chunk)
            columns = list(zip(*chunk))
            for at, own in zip(wanted, cells):
                own += columns[at]
            before += len(chunk)
        return cells

    def place(self, row: int, column: int | None = None) -> str:
        """Where a row (counted from 0) and a column (from 0) are in the file."""
        return f"{self.name}:{self._line(row)}" + ("" if column is None else f":{column + 1}")

    def _rows(self) -> Iterator[list[str]]:
        """The rows that are not empty; lines of blanks are, unless the file has a single column."""
        reader = self._reader()
        try:
            yield from (row for row in reader if len(row) > 1 or self._holds(row))
        except csv.Error as error:
            raise DataError(f"{self.name}:{self._broken_line()}", f"is not sound CSV: {error}", _QUOTES) from None

    def _holds(self, row: list[str]) -> bool:
        return len(row) > 1 or bool(row) and (self._one or bool(row[0].strip()))

    def _reader(self):
        return csv.reader(self._lines(), delimiter=self.delimiter, strict=True, skipinitialspace=self._strip)

    def _lines(self) -> Iterator[str]:
        """A row of too many cells is refused before it is made: each of them would take some 60 bytes."""
        for number, line in enumerate(io.TextIOWrapper(io.BytesIO(self._data), self._codec, newline=""), 1):
            if self._blanks:
                line = line.replace("\t", " ").rstrip() + "\n"
            if len(line) > MAX_COLUMNS and line.count(self.delimiter) >= MAX_COLUMNS:
                raise DataError(f"{self.name}:{number}", f"has more than {MAX_COLUMNS:,} columns",
                                "wider data is read by the sources `npy` and `npz`")
            yield line

    def _line(self, row: int) -> int:
        """First line of a row; found by reading again, since only errors ask."""
        reader, before, count = self._reader(), 0, -1
        for cells in reader:
            count += self._holds(cells)
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

    def _refuse_ragged(self, before: int, chunk: list[list[str]]) -> None:
        width = len(self.first)
        at, row = next((i, row) for i, row in enumerate(chunk) if len(row) != width)
        hint = "is a delimiter missing, or one too many? A cell with a delimiter in it needs double quotes"
        if width == 1:
            hint = self.one_column()
        elif before + at == 1 and len(row) == width + 1:
            hint = "a delimiter at the end of each line makes an empty cell: take it out" if not row[-1].strip() else \
                "has the header no name for the first column, as R's write.table has none for the names of rows? " \
                "`write.csv(x, \"rows.csv\", row.names=FALSE)` writes no names of rows"
        raise DataError(self.place(before + at), f"has {len(row)} cells where the first row has {width}", hint)

    def one_column(self) -> str:
        """A hint for a file whose rows stand in one cell each."""
        if self.trained:
            return f"the file has one column: its cells should be divided by {self.delimiter!r}"
        found = self._delimiter()
        if found is None:
            return f"the file has one column: is its delimiter really {self.delimiter!r}?"
        written = '"\\t"' if found == "\t" else f'"{found}"'
        return f"set `delimiter: {written}`" + (", which stands for any run of blanks and tabs" if found == " " else "")

    def _delimiter(self) -> str | None:
        """What divides the first lines into equally many cells; blanks and colons if nothing else does."""
        whole = len(self._data) <= _SAMPLE
        lines = list(islice(io.TextIOWrapper(io.BytesIO(self._data[:_SAMPLE]), self._codec, "replace", newline=""), 20))
        lines = [line for line in (lines if whole or len(lines) == 20 else lines[:-1]) if line.strip()]
        for candidates in ("\t;,|", " ", ":"):
            widths = {delimiter: _width(lines, delimiter) for delimiter in candidates if delimiter != self.delimiter}
            best = max(widths, key=widths.__getitem__)
            if widths[best] > 1:
                return best
        return None


def _width(lines: list[str], delimiter: str) -> int:
    """Cells that each of the lines has with this delimiter; 0 if they differ."""
    if delimiter == " ":
        lines = [line.replace("\t", " ").strip() + "\n" for line in lines]
    try:
        found = {len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row}
    except csv.Error:
        return 0
    return found.pop() if len(found) == 1 else 0


def check_cell(text: str, place: Callable[[], str]) -> None:
    """Cells of columns that are used are short and of one line. `place` is asked only if this one is not."""
    if len(text) > MAX_CELL:
        raise DataError(place(), f"has a cell of {len(text):,} characters; at most {MAX_CELL:,} are read", _FREE_TEXT)
    if "\n" in text or "\r" in text:
        raise DataError(place(), f"has a line break within a cell: {quoted(text)}",
                        f"a quote is left open, or {_FREE_TEXT}")
