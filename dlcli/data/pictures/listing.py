"""Picture files as a user names them: one by one, all of a folder, all within a .zip file."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.data.files.find import Files, is_folder, open_regular
from dlcli.data.files.folder import open_zip, walk
from dlcli.data.pictures.decode import PICTURES
from dlcli.errors import DataError

if TYPE_CHECKING:
    from dlcli.data.fitted import Fitted


@dataclass(frozen=True)
class Pictures:
    """names: in the user's terms, as `set/cat/1.jpg` and `set.zip/cat/1.jpg`. reads: what reads each one's bytes."""

    names: list[str]
    reads: list[Callable[[], bytes]]

    def __len__(self) -> int:
        return len(self.names)

    def __add__(self, others: "Pictures") -> "Pictures":
        return Pictures(self.names + others.names, self.reads + others.reads)

    def one(self, place: int) -> "Pictures":
        return Pictures([self.names[place]], [self.reads[place]])


def is_picture(name: str) -> bool:
    return PICTURES.has(name)


def is_pictures(name: str, fitted: "Fitted") -> bool:
    """Whether it is a folder or .zip file of pictures. A packed table tells so by its name, rows.csv.zip; any .zip file
    is one for a run that was trained on CSV files. fitted: what the run has learned of its data."""
    packed = name.lower().endswith(".zip") and not name.lower().endswith((".csv.zip", ".tsv.zip"))
    return is_folder(name) or packed and not reads_csv(fitted)


def reads_csv(fitted: "Fitted") -> bool:
    """Whether a run was trained on CSV files, which go by any name."""
    return "csv" in fitted.source


def files_of(paths: list[str], files: Files | None = None) -> Pictures:
    """Picture files by their names."""
    return Pictures(paths, [partial(_read, files or Files(Path()), path) for path in paths])


def pictures_in(name: str) -> Pictures:
    """Every picture below a folder or in a .zip file, sorted by name. DataError if there is none."""
    place = Files(Path()).find(name)
    found, unpack = (walk(name, place)[0], None) if place.is_dir() else open_zip(name, place, PICTURES.most)[:2]
    found = sorted(path for path in found if is_picture(path))
    if not found:
        raise DataError(name, "holds no picture", f"pictures end in {', '.join(PICTURES.endings)}")
    names = [os.path.join(name, path) for path in found]
    return Pictures(names, [partial(unpack, path) for path in found]) if unpack else files_of(names)


def _read(files: Files, path: str) -> bytes:
    with open_regular(files.find(path), path, PICTURES.most) as file:
        return file.read()
