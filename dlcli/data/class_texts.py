"""Texts by class: a file for each class with a text on each line, or a folder with a text in each file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from dlcli.data.files.class_folders import ClassFolders, open_folders
from dlcli.data.files.find import Files
from dlcli.data.files.folder import Folder, Medium, open_folder
from dlcli.data.formats.csv.encoding import Encoded
from dlcli.data.table import Column, Table
from dlcli.errors import DataError
from dlcli.text import count, listed, quoted_list

NAME, TARGET = "text", "class"
"""The names of the columns."""
TEXTS = Medium("text file", "text files", (".txt",), 1 << 26)
Written = str | list[str]


@dataclass
class ClassTexts:
    """texts: of each row, without blanks at both ends. places: where each stands, in the user's terms. classes: that
    of each row. empty: texts that were passed over, since nothing is in them. digests: the sha256 of each file and
    folder."""

    texts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    empty: int = 0
    digests: list[str] = field(default_factory=list)

    def add(self, label: str, found: Iterator[tuple[str, str]]) -> None:
        """Texts of a class, each with its place."""
        for place, text in found:
            text = text.strip()
            if text:
                self.texts.append(text)
                self.places.append(place)
                self.classes.append(label)
            else:
                self.empty += 1

    @property
    def passed_over(self) -> str | None:
        """What to say of it."""
        return f"{count(self.empty, 'empty text')} passed over" if self.empty else None

    def table(self, title: str, tokens: object, longest: int | None) -> Table:
        """title: what the rows are, in the user's terms. The rest: as in `Column`."""
        about = f"{title}: {count(len(self.texts), 'text')}" + (f"; {self.passed_over}" if self.passed_over else "")
        origin = sha256("".join(self.digests).encode()).hexdigest()
        return Table(
            {NAME: text_column(self.texts, tokens, longest)},
            word_column(self.classes),
            TARGET,
            "classification",
            about=about,
            where=lambda row, title: self.places[row],
            origin=lambda: origin,
        )


def word_column(values: list[str], kind: str = "numeric") -> Column:
    """A column of texts."""
    index = {word: i for i, word in enumerate(dict.fromkeys(values))}
    return Column(np.array([index[value] for value in values], np.int32), list(index), kind)


def text_column(texts: list[str], tokens: object = None, longest: int | None = None) -> Column:
    """A column of free texts."""
    column = word_column(texts, "tokens")
    column.tokens, column.longest = tokens, longest
    return column


def read_classes(files: Files, written: str | Mapping[str, Written], encoding: str,
                 trained: bool = False) -> ClassTexts:
    """All texts of a folder with one folder per class, or of files by class. DataError for what is none.

    trained: whether a network has been trained on such texts, so that no option can be changed any more.
    """
    found = ClassTexts()
    if isinstance(written, str):
        if files.find(written).name.lower().endswith(TEXTS.endings):
            raise DataError(written, "is a file, and nothing tells the classes of its lines",
                            "a file or folder for each class: `files: {pos: a.txt, neg: b.txt}`")
        folders = open_folders(files, written, TEXTS)
        labels = [folders.classes[i] for i in folders.ids]
        _read_folder(files, folders, folders.paths, labels, encoding, trained, found)
        empty = sorted({*labels} - {*found.classes})
        if empty:
            raise DataError(written, f"holds no text for the class {quoted_list(empty)}")
        return found
    for label, names in written.items():
        before = len(found.texts)
        for name in [names] if isinstance(names, str) else names:
            if files.find(name).is_dir():
                folder = open_folder(files, name, TEXTS)
                _read_folder(files, folder, folder.names, [label] * len(folder.names), encoding, trained, found)
            else:
                found.add(label, lines(files, name, encoding, trained))
                found.digests.append(files.digest(name))
        if len(found.texts) == before:
            raise DataError(listed([names] if isinstance(names, str) else names), f"holds no text for the class "
                            f"{label!r}")
    return found


def lines(files: Files, name: str, encoding: str, trained: bool = False) -> Iterator[tuple[str, str]]:
    """(place, text) of each line of a file."""
    text = _decoded(files.read(name), name, encoding, trained)
    yield from ((f"{name}:{number}", line) for number, line in enumerate(text.splitlines(), 1))


def _decoded(data: bytes, name: str, encoding: str, trained: bool) -> str:
    return data.decode(Encoded(data, name, encoding, trained).codec()).replace("\r\n", "\n").replace("\r", "\n")


def _read_folder(files: Files, folder: Folder | ClassFolders, paths: list[str], labels: list[str], encoding: str,
                 trained: bool, found: ClassTexts) -> None:
    """A text in each file, with its class."""
    digest, size = sha256(), 0
    for row, (path, label) in enumerate(zip(paths, labels, strict=True)):
        place, data = f"{folder.written}/{path}", folder.read(path if isinstance(folder, Folder) else row)
        digest.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
        size += len(data)
        found.add(label, iter([(place, _decoded(data, place, encoding, trained))]))
    files.verify(folder.written, folder.place, size, digest.hexdigest())
    found.digests.append(digest.hexdigest())
