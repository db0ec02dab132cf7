"""NumPy arrays in .npy files."""

from functools import partial
from typing import Literal

from dlcli.data.files.find import MAX_BYTES, Files
from dlcli.data.files.memory_map import LARGEST, map_npy
from dlcli.data.formats.array_table import Layout, array_column, array_table
from dlcli.data.formats.npy import read_npy, scan_npy
from dlcli.data.sources._parts import Part, written
from dlcli.data.sources._source import Classes, Source
from dlcli.data.table import Table
from dlcli.errors import ConfigError


class Npy(Source):
    """Inputs and targets in two .npy files, a row per sample. Numbers and truth values only: objects and pickles are
    never read."""

    inputs: str | dict[Part, str]
    """Path, or a path per split: `{train: a.npy, test: b.npy}`."""
    target: str | dict[Part, str]
    """Path, or a path per split, of the targets of the same rows."""
    scale: bool = False
    """Bring unsigned whole numbers to 0..1, by the largest of their type (bytes: 255)."""
    layout: Layout = "stored"
    """`stored`: the shape of the file; `flat`: one axis; `channel`: a last axis of size 1, as convolutions want it."""
    classes: Classes | None = None
    """Targets are class ids between 0 and classes - 1, and others are an error. Default: the ids of the training
    split."""
    memory_map: bool = False
    """Leave the inputs in their file and read rows as they are needed, for arrays larger than memory. `standardize` and
    `minmax` are then done as rows are read; other steps would bring all of it into memory."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """`auto`: classification if the targets have a whole-number type and at most 1,000 values, or are a few whole
    numbers."""

    def memory_hint(self) -> str:
        if self.memory_map:
            return "`standardize` and `minmax` leave the inputs in their file; other steps bring them into memory"
        return "`memory_map: true` leaves the inputs in their file, and reads rows as they are needed"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return self._tables(
            files, lambda name: map_npy(files, name) if self.memory_map else read_npy(files.read(name), name)
        )

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        def head(name):
            with files.open(name, LARGEST if self.memory_map else MAX_BYTES) as file:
                return scan_npy(file, name, self.memory_map)

        return self._tables(files, head)

    def _tables(self, files: Files, inputs) -> dict[str, Table]:
        names = written(self.inputs, "data.source.npy.inputs")
        targets = written(self.target, "data.source.npy.target")
        if names.keys() != targets.keys():
            raise ConfigError(
                "data.source.npy",
                f"`inputs` names {', '.join(names)} and `target` names {', '.join(targets)}",
                "each split needs both",
            )
        tables = {part: array_table({"x": array_column(inputs(name), self.layout, self.scale, mapped=self.memory_map)},
                                    read_npy(files.read(targets[part]), targets[part]), name, self.task, self.classes)
                  for part, name in names.items()}
        for part, table in tables.items():
            table.origin = partial(files.digest, names[part])
        return tables
