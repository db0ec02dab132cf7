"""Tables in CSV files."""

from typing import Annotated, Literal

from annotated_types import Ge, Len

from dlcli.data.formats.csv.rows import CsvText
from dlcli.data.sources._parts import Part
from dlcli.data.sources._rows import Rows


class Csv(Rows):
    """Rows of a CSV file: numbers, texts as categories, and a target column.

    A column is numeric if at least half of its cells are numbers, and then each other cell is an error at its line;
    else it is text, and its texts are categories. What is in the file decides nothing else: scaling, categories and
    class names are learned on the training split only.
    """

    file: str | dict[Part, str]
    """Path, or a path per split: `{train: a.csv, test: b.csv}`. May be gzipped, or the only file of a .zip file."""
    target: str | Annotated[int, Ge(1)]
    """The column to predict: its name, or its number counted from 1."""
    header: bool | Literal["auto"] = "auto"
    """Whether the first row holds names. `auto`: it does, if `columns` is left out and it holds the target's name, or
    none of its cells is a number, or they are 0, 1, 2, ... as pandas writes them."""
    columns: list[str] | None = None
    """Names of all columns in their order. Left out if there is no header, they are column1, column2, ..."""
    drop: list[str] = ()
    """Columns to leave out, such as identifiers; `""` is every column without a name, such as pandas' row index."""
    strip: bool = True
    """Whether spaces around a cell are no part of it."""
    delimiter: Annotated[str, Len(1, 1)] = ","
    """What stands between two cells. A blank, `" "`, means any run of blanks and tabs."""
    encoding: Literal["utf-8", "latin-1", "windows-1252", "utf-16"] = "utf-8"
    """How the file's bytes are text."""

    def text(self, data: bytes, name: str, trained: bool = False) -> CsvText:
        return CsvText(data, name, self, trained)
