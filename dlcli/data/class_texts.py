"""Texts by class: a file for each class with a text on each line, or a folder with a text in each file."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from dlcli.data.files.find import MAX_BYTES, Files, open_regular
from dlcli.data.formats.csv.encoding import Encoded
from dlcli.data.pictures.class_folders import SPLITS, walk
from dlcli.data.table import Column, Table
from dlcli.errors import DataError
from dlcli.text import count, listed, quoted_list

NAME, TARGET = "text", "class"
"""The names of the columns."""
Written = str | list[str]


@dataclass
class ClassTexts:
    """texts: of each row, without blanks at both ends. places: where each stands, in the user's terms. classes: that
    of each row. empty: texts that were passed over, since nothing is in them. others: files passed over. digests: the
    sha256 of each file and folder."""

    texts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    empty: int = 0
    others: int = 0
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
        said = [count(self.empty, "empty text")] * bool(self.empty)
        said += [count(self.others, "file") + " without the ending .txt"] * bool(self.others)
        return f"{listed(said)} passed over" if said else None

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
        for label, paths in _folders(files, written, found).items():
            _read_folder(files, os.path.join(written, label), paths, label, encoding, trained, found)
        return found
    for label, names in written.items():
        before = len(found.texts)
        for name in [names] if isinstance(names, str) else names:
            if files.find(name).is_dir():
                _read_folder(files, name, None, label, encoding, trained, found)
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


def _folders(files: Files, written: str, found: ClassTexts) -> dict[str, list[str]]:
    """The text files of each class's folder, by their paths in it."""
    place = files.find(written)
    if not place.is_dir():
        raise DataError(written, "is a file, and nothing tells the classes of its lines",
                        "a file or folder for each class: `files: {pos: a.txt, neg: b.txt}`")
    names, folders = walk(written, place)
    texts = sorted(name for name in names if name.lower().endswith(".txt"))
    found.others += len(names) - len(texts)
    loose = [name for name in texts if "/" not in name]
    if loose:
        raise DataError(f"{written}/{loose[0]}", "lies outside of the folders of classes",
                        "each class has a folder of its own: pos/1.txt, neg/2.txt")
    made: dict[str, list[str]] = {name.split("/")[0]: [] for name in sorted(folders)}
    for name in texts:
        label, _, path = name.partition("/")
        made[label].append(path)
    if len(made.keys() & SPLITS) > 1:
        raise DataError(written, f"holds the folders {quoted_list(made)}, which are splits, no classes",
                        f"name each: `files: {written}/train`, `test: {written}/test`")
    if not made:
        raise DataError(written, "holds no text file", "texts end in .txt")
    return made


def _read_folder(files: Files, written: str, paths: list[str] | None, label: str, encoding: str, trained: bool,
                 found: ClassTexts) -> None:
    """A text in each file. paths: within the folder; None: all that end in .txt."""
    place = files.find(written)
    if paths is None:
        names = walk(written, place)[0]
        paths = sorted(name for name in names if name.lower().endswith(".txt"))
        found.others += len(names) - len(paths)
    digest, size, texts = sha256(), 0, []
    for path in paths:
        with open_regular(place / path, f"{written}/{path}", MAX_BYTES) as file:
            data = file.read()
        digest.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
        size += len(data)
        texts.append((f"{written}/{path}", _decoded(data, f"{written}/{path}", encoding, trained)))
    before = len(found.texts)
    found.add(label, iter(texts))
    if len(found.texts) == before:
        raise DataError(written, f"holds no text for the class {label!r}", "texts are files that end in .txt")
    files.verify(written, place, size, digest.hexdigest())
    found.digests.append(digest.hexdigest())
