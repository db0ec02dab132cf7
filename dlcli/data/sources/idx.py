"""MNIST's file format."""

from functools import partial
from typing import Literal

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import Layout, array_column, array_table
from dlcli.data.formats.idx import read_idx, scan_idx
from dlcli.data.sources._parts import Part, written
from dlcli.data.sources._source import Classes, Source
from dlcli.data.table import Table
from dlcli.errors import ConfigError


class Idx(Source):
    """Pictures (or other arrays) and their labels in IDX files, gzipped or not, as MNIST, Fashion-MNIST and EMNIST
    come."""

    images: str | dict[Part, str]
    """Path, or a path per split: `{train: a.gz, test: b.gz}`."""
    labels: str | dict[Part, str]
    """Path, or a path per split, of the labels of the same rows."""
    scale: bool = True
    """Bring bytes from 0..255 to 0..1."""
    layout: Layout = "stored"
    """`stored`: the shape of the file; `flat`: one axis; `channel`: a last axis of size 1, as convolutions want it."""
    classes: Classes | None = None
    """Labels lie between 0 and classes - 1, and others are an error. Default: the labels of the training split."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """`auto`: classification if the labels are whole numbers."""

    def memory_hint(self) -> str:
        return "`memory_map: true` of the source `npy` leaves inputs in their file: numpy.save(file, x) writes one"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return self._tables(files, lambda name: read_idx(files.read(name), name))

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        def head(name):
            with files.open(name) as file:
                return scan_idx(file, name)

        return self._tables(files, head)

    def _tables(self, files: Files, images) -> dict[str, Table]:
        names = written(self.images, "data.source.idx.images")
        labels = written(self.labels, "data.source.idx.labels")
        if names.keys() != labels.keys():
            raise ConfigError(
                "data.source.idx",
                f"`images` names {', '.join(names)} and `labels` names {', '.join(labels)}",
                "each split needs both",
            )
        tables = {part: array_table({"x": array_column(images(name), self.layout, self.scale)},
                                    read_idx(files.read(labels[part]), labels[part]), name, self.task, self.classes)
                  for part, name in names.items()}
        for part, table in tables.items():
            table.origin = partial(files.digest, names[part])
        return tables
