"""Texts, each with a class."""

from typing import Annotated

from annotated_types import Len

from dlcli.data.class_texts import read_classes
from dlcli.data.files.find import Files
from dlcli.data.sources._source import Source
from dlcli.data.table import Longest, Table
from dlcli.data.text_file import Encoding
from dlcli.engine.component import Family
from dlcli.errors import DataError
from dlcli.notices import info
from dlcli.text import listed

Paths = str | Annotated[dict[str, str | Annotated[list[str], Len(1)]], Len(1)]


class TextFiles(Source):
    """Texts with a class each: a text file per class, a text on each line, or a folder per class, a text in each file
    that ends in .txt.

    Empty texts are passed over, and their number is said. The vocabulary is that of the training split: what it does
    not have is unknown, id 0. Texts differ in length, and nothing that stands for padding counts.
    """

    files: Paths
    """The training texts by class, `{pos: a.txt, neg: b.txt}` (a file, a folder, or a list of them), or a folder that
    holds a folder for each class."""
    validation: Paths | None = None
    """The validation texts, likewise."""
    test: Paths | None = None
    """The test texts, likewise."""
    tokens: Annotated[object, Family("data.tokens")] = "words"
    """What is a token: `words`, `characters`, `byte_pair`."""
    longest: Longest | None = None
    """Tokens at which a longer text is cut; how many are is said. Default: those of the longest text of `files`."""
    encoding: Encoding = "utf-8"
    """How the files' bytes are text."""

    def memory_hint(self) -> str:
        return "fewer texts need less, and so do shorter ones (`longest`)"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        tables = self.scan(files, seed)
        for table in tables.values():
            if "passed over" in table.about:
                info(table.about)
        return tables

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        tables = {}
        for part, option in (("train", "files"), ("validation", "validation"), ("test", "test")):
            written = getattr(self, option)
            if written is None:
                continue
            found = read_classes(files, written, self.encoding)
            title = written if isinstance(written, str) else _named(written)
            if part == "train" and len(set(found.classes)) < 2:
                raise DataError(title, f"has one class, {found.classes[0]!r}", "two classes and more can be told apart")
            tables[part] = found.table(title, self.tokens, self.longest)
        return tables


def _named(written: dict) -> str:
    names = [name for names in written.values() for name in ([names] if isinstance(names, str) else names)]
    return listed(names) if len(names) < 4 else f"{names[0]} and {len(names) - 1} more"
