"""What the sources of tables share: rows of cells with names, one of them the target."""

from functools import partial
from typing import Annotated, Literal

from dlcli.data.columns._categories import Categories
from dlcli.data.files.find import Files
from dlcli.data.formats.csv.header import Known
from dlcli.data.formats.csv.table import read_table
from dlcli.data.formats.csv.target import Labels
from dlcli.data.sources._parts import Part, written
from dlcli.data.sources._source import Source
from dlcli.data.table import Longest, Table
from dlcli.data.target.learned import task_of
from dlcli.engine.component import Family
from dlcli.engine.registry import find, kinds
from dlcli.notices import info

TYPES = {kind: find("data.columns", kind) for kind in kinds("data.columns")}
Type = Literal[*(kind for kind, cls in TYPES.items() if cls.cells)]
"""Types of columns that the cells of a file can be, each a file of `data/columns`."""
Encoding = Literal[*(kind for kind, cls in TYPES.items() if issubclass(cls, Categories))]
"""Those of texts that are categories."""


class Rows(Source):
    """Rows of a file, and how their cells are read. Abstract: a format says how a file becomes cells (`text`)."""

    file: str | dict[Part, str]
    """Path, or a path per split: `{train: a.csv, test: b.csv}`. May be gzipped."""
    target: str
    """The column to predict."""
    drop: list[str] = ()
    """Columns to leave out, such as identifiers."""
    missing: list[str] = ("",)
    """Cells that mean that the value is not known, such as `["", "?"]`. A number, `["-999"]`, means all cells of its
    value."""
    missing_target: Literal["error", "drop"] = "error"
    """What becomes of rows without a target. `drop`: they are left out, and their number is said."""
    types: dict[str, Type] | None = None
    """What single columns are, if it is not what their cells suggest: `{zip_code: embedded}`. `tokens` is for free
    text, such as `{review: tokens}`, which becomes a sequence; a missing one is a single unknown token."""
    categories: Encoding = "one_hot"
    """How texts become numbers. `one_hot`: a 0/1 feature for each text. `ordinal`: its place in sorted order, from 1,
    by value if all are numbers. `embedded`: an input field of its own, `input.<column>`, with ids for an embedding
    layer. A text never seen in training is all zeros, or 0."""
    tokens: Annotated[object, Family("data.tokens")] = "words"
    """Of columns of the type `tokens`: what is a token, `words`, `characters` or `byte_pair`."""
    longest: Longest | None = None
    """Of such columns: tokens at which a longer text is cut; how many are is said. Default: those of the longest."""
    labels: dict[str, str] | None = None
    """Other names for the target's texts: `{"<=50K.": "<=50K"}`. The key 0 means 0.0 too; a key that no row has is an
    error."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """`auto`: classification if the target is text or a few whole numbers (at most 20, and at most half as many as
    rows)."""

    def memory_hint(self) -> str:
        return "`drop` leaves out columns that tell nothing; fewer rows need less"

    def text(self, data: bytes, name: str, trained: bool = False):
        """The file as cells."""
        raise NotImplementedError

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        tables = self.scan(files, seed)
        for table in tables.values():
            if table.about:
                info(table.about)
        return tables

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        where = f"data.source.{self.kind}"
        names, labels = written(self.file, f"{where}.file"), Labels(self.labels)
        train = self._table(files, names["train"], labels)
        known = Known.of(train, task_of(train))
        tables = {part: train if part == "train" else self._table(files, name, labels, known)
                  for part, name in names.items()}
        labels.check(f"{where}.labels")
        for part, table in tables.items():
            table.origin = partial(files.digest, names[part])
        return tables

    def _table(self, files: Files, name: str, labels: Labels, known: Known | None = None) -> Table:
        return read_table(self.text(files.read(name), name), self, known, labels=labels)
