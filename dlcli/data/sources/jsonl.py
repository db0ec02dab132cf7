"""Tables in files of JSON lines."""

from typing import ClassVar

from dlcli.data.formats.json_lines import JsonText
from dlcli.data.sources._parts import Part
from dlcli.data.sources._rows import Rows


class Jsonl(Rows):
    """Rows of a file of JSON lines: an object on each line, whose keys are the columns, one of them the target.

    Columns are read as those of the source `csv` are. A key that a line does not have, and null, are a missing value,
    as is an empty text. true and false are texts. Values are not nested.
    """

    file: str | dict[Part, str]
    """Path, or a path per split: `{train: a.jsonl, test: b.jsonl}`. May be gzipped."""
    target: str
    """The key to predict."""
    drop: list[str] = ()
    """Keys to leave out, such as identifiers."""

    strip: ClassVar[bool] = False
    columns: ClassVar[None] = None

    def text(self, data: bytes, name: str, trained: bool = False) -> JsonText:
        return JsonText(data, name, trained)
