"""A first look at a file of cells: its delimiter, its columns, and which of them are numbers."""

from pathlib import Path
from typing import NamedTuple

from dlcli.data.files.find import Files
from dlcli.data.formats.csv.header import read_header
from dlcli.data.formats.csv.rows import CsvText
from dlcli.data.formats.json_lines import JsonText
from dlcli.engine.registry import create
from dlcli.errors import DataError
from dlcli.text import meant_or_all

DELIMITERS = (",", ";", "\t", "|")


class Cells(NamedTuple):
    """delimiter: of a CSV file; None for JSON lines. columns: the cells of each column by its name, without blanks at
    both ends."""

    delimiter: str | None
    columns: dict[str, list[str]]

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())))

    def numeric(self, name: str) -> bool:
        """Whether most of the cells that hold something are numbers."""
        full = [cell for cell in self.columns[name] if cell]
        return 2 * sum(map(_is_number, full)) > len(full)

    def check(self, name: str | None, option: str, file: str) -> None:
        """DataError if there is no column of this name."""
        if name is not None and name not in self.columns:
            raise DataError(option, f"{file} has no column {name!r}", meant_or_all(name, list(self.columns)))


def read_cells(name: str) -> Cells:
    """DataError for a file without rows, and what the readers of such files say."""
    data = Files(Path()).read(name)
    if name.lower().removesuffix(".gz").endswith(".jsonl"):
        text = JsonText(data, name)
        names, found = text.names, text.columns(range(len(text.names)), 0)
        delimiter = None
    else:
        delimiter = _delimiter(data)
        options = create("data.sources", {"csv": {"file": name, "target": 1, "header": True, "delimiter": delimiter,
                                                  "drop": [""]}})
        text = CsvText(data, name, options)
        names = read_header(text, options).names
        found = text.columns(range(len(names)), 1)
    if not found or not found[0]:
        raise DataError(name, "has no rows below its header")
    return Cells(delimiter, {title: [cell.strip() for cell in cells] for title, cells in zip(names, found) if title})


def _delimiter(data: bytes) -> str:
    """What divides the first line most often, the comma if nothing does."""
    first = data[:1 << 16].split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(DELIMITERS, key=lambda mark: (first.count(mark), mark == ","))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
