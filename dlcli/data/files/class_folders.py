"""Files of one kind in one folder per class."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dlcli.data.files.find import Files
from dlcli.data.files.folder import Folder, Medium, open_folder
from dlcli.errors import DataError
from dlcli.text import printable, quoted, quoted_list

SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}


class ClassFolders(NamedTuple):
    """Files in the order of their rows: by class, then by path. read: the bytes of the i-th.

    stamp: another one whenever the bytes are others (`Folder.state`). facts: what else the paths say of each file, by
    name.
    """

    written: str
    place: Path
    classes: list[str]
    ids: list[int]
    paths: list[str]
    read: Callable[[int], bytes]
    stamp: str
    size: int
    facts: dict[str, list[str]] = {}

    def title(self, row: int) -> str:
        """A file in the user's terms."""
        return f"{self.written}/{self.paths[row]}"


def open_folders(files: Files, written: str, medium: Medium, least: int = 1) -> ClassFolders:
    """The files of a kind in a folder or .zip file. DataError if they are not one folder per class, or of fewer classes
    than `least`."""
    folder = open_folder(files, written, medium)
    return arranged(folder, _classes_by_folder(folder, medium), {}, least)


def arranged(folder: Folder, classes: list[str], facts: dict[str, list[str]], least: int) -> ClassFolders:
    """The files of a folder in the order of their rows. classes, facts: of each of its names. DataError for fewer
    classes than `least`."""
    written, names = folder.written, sorted(set(classes))
    bad = next((name for name in names if printable(name) != name), None)
    if bad is not None:
        raise DataError(written, f"the class {quoted(bad)} has a name that cannot be printed")
    if len(names) < least:
        raise DataError(written, f"has one class, {quoted_list(names)}", "two classes and more can be told apart")
    ids = {name: i for i, name in enumerate(names)}
    order = sorted(range(len(classes)), key=lambda i: (ids[classes[i]], folder.names[i]))
    paths = [folder.names[i] for i in order]
    stamp, size = folder.state(paths)
    return ClassFolders(written, folder.place, names, [ids[classes[i]] for i in order], paths,
                        lambda row: folder.read(paths[row]), stamp, size,
                        {key: [known[i] for i in order] for key, known in facts.items()})


def _classes_by_folder(folder: Folder, medium: Medium) -> list[str]:
    """The class of each file: the outermost folder that it is in. An only outer folder is passed through."""
    written, outer = folder.written, _outer(folder.names)
    loose = [name for name in folder.names if "/" not in name[len(outer):]]
    if loose:
        ending = medium.endings[0]
        raise DataError(
            written,
            f"holds {quoted(loose[0])} outside of the folders of classes"
            + (f", as {len(loose) - 1:,} more" if len(loose) > 1 else ""),
            f"each class has a folder of its own: cat/1{ending}, dog/2{ending}",
        )
    classes = [_top(name, outer) for name in folder.names]
    empty = {_top(name, outer) for name in folder.folders if name.startswith(outer) and name != outer} - {*classes}
    if empty:
        raise DataError(written, f"the class {quoted_list(sorted(empty))} has no {medium.one}",
                        f"take its folder out, or put {medium.many} there")
    if len({*classes} & SPLITS) > 1:
        raise DataError(written, f"holds the folders {quoted_list(sorted({*classes}))}, which are splits, no classes",
                        f"name each: `path: {written}/train`, `test: {written}/test`")
    return classes


def _outer(names: list[str]) -> str:
    """The path of the folder that holds those of the classes, "" or that of an only folder around them."""
    outer = ""
    while len(tops := {_top(name, outer) for name in names}) == 1 and all(
            name.count("/") - outer.count("/") >= 2 for name in names):
        outer += tops.pop() + "/"
    return outer


def _top(name: str, outer: str) -> str:
    """The folder of a path, directly below `outer`."""
    return name[len(outer):].split("/")[0]
