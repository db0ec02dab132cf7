"""Several NumPy arrays in one .npz file."""

import io
from typing import Annotated, Literal

from annotated_types import Len

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import Layout, array_column, array_table
from dlcli.data.formats.npy import read_npz
from dlcli.data.sources._parts import Part, written
from dlcli.data.sources._source import Classes, Source
from dlcli.data.table import Table
from dlcli.errors import ConfigError, DataError
from dlcli.text import quoted_list

WORDS = {"_train": "train", "_validation": "validation", "_val": "validation", "_valid": "validation",
         "_dev": "validation", "_test": "test"}
"""How the arrays of a split may end, and the split."""
_WHOLE = "a split is read from the file if it has inputs and targets, and `_train` stands for the training split"


class Npz(Source):
    """Named arrays of one .npz file, a row per sample in each. Numbers and truth values only: objects and pickles are
    never read.

    An array called `x` may also stand there once per split, as `x_train`, `x_val`, `x_test` (Keras's files do).
    """

    file: str | dict[Part, str]
    """Path, or a path per split: `{train: a.npz, test: b.npz}`."""
    inputs: str | Annotated[list[str], Len(1)] = "x"
    """Name of the array, or names of several; arrays with one number per row are put side by side."""
    target: str = "y"
    """Name of the array of targets."""
    scale: bool = False
    """Bring unsigned whole numbers to 0..1, by the largest of their type (bytes: 255)."""
    layout: Layout = "stored"
    """`stored`: the shape of the file; `flat`: one axis; `channel`: a last axis of size 1, as convolutions want it."""
    classes: Classes | None = None
    """Targets are class ids between 0 and classes - 1, and others are an error. Default: the ids of the training
    split."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """`auto`: classification if the targets have a whole-number type and at most 1,000 values, or are a few whole
    numbers."""

    def memory_hint(self) -> str:
        return "`memory_map: true` of the source `npy` leaves inputs in their file: numpy.save(file, x) writes one"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        titles = self._titles(*self._inputs, self.target)
        return self._tables(files, lambda name: read_npz(io.BytesIO(files.read(name)), name, titles))

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        def head(name):
            with files.open(name) as file:
                return read_npz(file, name, self._titles(self.target), self._titles(*self._inputs))

        return self._tables(files, head)

    @property
    def _inputs(self) -> list[str]:
        return [self.inputs] if isinstance(self.inputs, str) else self.inputs

    def _titles(self, *names: str) -> set[str]:
        """What the arrays may be called: as they are, or once per split."""
        return {name + suffix for name in names for suffix in ("", *WORDS)}

    def _tables(self, files: Files, read) -> dict[str, Table]:
        tables = {}
        for part, name in written(self.file, "data.source.npz.file").items():
            arrays = read(name)
            split = isinstance(self.file, str) and f"{self.target}_train" in arrays
            words = self._splits(arrays, name) if split else {part: ""}
            tables |= {each: self._table(files, arrays, name, word) for each, word in words.items()}
            used = {title + word for title in (*self._inputs, self.target) for word in words.values()}
            if left := sorted((arrays.keys() & self._titles(*self._inputs, self.target)) - used):
                problem = f"{name} also holds {quoted_list(left)}, which {'is' if len(left) == 1 else 'are'} left out"
                tables[part].warnings.append(ConfigError("data.source.npz", problem, _WHOLE))
        return tables

    def _splits(self, arrays: dict, name: str) -> dict[str, str]:
        """Endings of the arrays by the split that they are for. DataError if there are two for one."""
        words: dict[str, str] = {}
        for word, part in WORDS.items():
            title = self.target + word
            if title in arrays and part in words:
                both = f"{self.target + words[part]!r} and {title!r}"
                raise DataError(name, f"holds {both}, which both are {part} splits", "take one of them out")
            if title in arrays:
                words[part] = word
        return words

    def _table(self, files: Files, arrays: dict, name: str, suffix: str) -> Table:
        absent = [title + suffix for title in (*self._inputs, self.target) if title + suffix not in arrays]
        if absent:
            raise DataError(name, f"has no array {quoted_list(absent)}",
                            f"its arrays are {quoted_list(sorted(arrays))}")
        columns = {title: array_column(arrays[title + suffix], self.layout, self.scale) for title in self._inputs}
        title = f"{name} {suffix[1:]}" if suffix else name
        table = array_table(columns, arrays[self.target + suffix], title, self.task, self.classes, self.target)
        table.origin = lambda: files.digest(name) + suffix
        return table
