"""Folders of picture files, one per class: on the disk or within a .zip file, of which nothing is ever unpacked to
disk."""

import io
import os
import struct
import zipfile
from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from dlcli.data.files.find import Files, open_regular
from dlcli.data.formats.zip_directory import hidden, members_of, most_unpacked, refuse_link
from dlcli.data.pictures.decode import MAX_BYTES
from dlcli.errors import DataError, StorageError
from dlcli.notices import info
from dlcli.text import printable, quoted, quoted_list

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}
MAX_FILES = 4_000_000
MAX_DEPTH = 16


class ClassFolders(NamedTuple):
    """Picture files in the order of their rows: by class, then by path. read: the bytes of the i-th.

    stamp: another one whenever the bytes are others. For a .zip file its sha256; for a folder made of its place, and of
    each file's name, size, inode and times: names, sizes and times alone are often those of another folder, as unpacked
    archives have them.
    """

    written: str
    place: Path
    classes: list[str]
    ids: list[int]
    paths: list[str]
    read: Callable[[int], bytes]
    stamp: str
    size: int

    def title(self, row: int) -> str:
        """A picture in the user's terms."""
        return f"{self.written}/{self.paths[row]}"


def open_folders(files: Files, written: str, least: int = 1) -> ClassFolders:
    """The pictures of a folder or .zip file. DataError if they are not one folder per class, or of fewer classes
    than `least`."""
    place = files.find(written)
    found = _folder(written, place) if place.is_dir() else _zip(written, place)
    if len(found.classes) < least:
        problem = f"has one class, {quoted_list(found.classes)}"
        raise DataError(written, problem, "two classes and more can be told apart")
    return found


def _folder(written: str, place: Path) -> ClassFolders:
    classes, ids, paths = _arrange(written, *walk(written, place))
    stamp, size = sha256(f"{place}\n".encode("utf-8", "surrogateescape")), 0
    for path in paths:
        try:
            status = os.stat(place / path)
            size += status.st_size
            state = f"{status.st_size} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"
        # a link that leads nowhere: reading it tells, together with whatever else cannot be read
        except OSError:
            state = os.urandom(8).hex()
        stamp.update(f"{path}\0{state}\n".encode("utf-8", "surrogateescape"))

    def read(row: int) -> bytes:
        with open_regular(place / paths[row], f"{written}/{paths[row]}", MAX_BYTES) as file:
            return file.read()

    return ClassFolders(written, place, classes, ids, paths, read, stamp.hexdigest(), size)


def walk(written: str, place: Path) -> tuple[list[str], list[str]]:
    """The files and folders below a folder by their relative paths, `cat/1.jpg` and `cat/`. Links are followed, hidden
    ones left out."""
    files, folders = [], []

    def refuse(error):
        raise StorageError(written, f"cannot be read: {error.strerror} ({error.filename})")

    for folder, inner, names in os.walk(place, onerror=refuse, followlinks=True):
        relative = os.path.relpath(folder, place).replace(os.sep, "/") + "/"
        relative = "" if relative == "./" else relative
        if relative.count("/") > MAX_DEPTH:
            raise DataError(
                quoted(f"{written}/{relative}"), f"lies more than {MAX_DEPTH} folders deep", "does a link lead back up?"
            )
        inner[:] = sorted(name for name in inner if not hidden(name))
        folders += [f"{relative}{name}/" for name in inner]
        files += [relative + name for name in names if not hidden(name)]
        if len(files) > MAX_FILES:
            raise DataError(written, f"holds more than {MAX_FILES:,} files")
    return files, folders


def _zip(written: str, place: Path) -> ClassFolders:
    members, unpack, digest = open_zip(written, place)
    classes, ids, paths = _arrange(written, [name for name in members if not name.endswith("/")],
                                   [name for name in members if name.endswith("/")])
    return ClassFolders(
        written, place, classes, ids, paths, lambda row: unpack(paths[row]), digest, place.stat().st_size
    )


def open_zip(written: str, place: Path) -> tuple[list[str], Callable[[str], bytes], str]:
    """The files and folders of a .zip file, `cat/1.jpg` and `cat/`, what unpacks one in memory, and the .zip file's
    sha256.

    Hidden ones are left out. DataError if it is damaged, or holds what nobody should unpack.
    """
    file = io.BufferedReader(open_regular(place, written), 1 << 16)
    digest = file_digest(file, "sha256").hexdigest()
    try:
        archive = zipfile.ZipFile(file)
        members = _members(written, archive)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise DataError(written, f"is neither a folder nor a sound .zip file: {error}") from None

    def unpack(name: str) -> bytes:
        try:
            with archive.open(members[name]) as member:
                return member.read(MAX_BYTES + 1)  # without a bound it would unpack more than it declares
        except Exception as error:  # whatever a damaged archive leads its parser and the decompressors to
            raise DataError(
                quoted(f"{written}/{name}"), f"cannot be unpacked: {str(error) or type(error).__name__}"
            ) from None

    return list(members), unpack, digest


def _members(written: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The directory of an archive by name, looked through before anything is unpacked."""
    found = {}
    for member in members_of(archive, written, MAX_FILES):
        name = member.filename
        parts = name.removesuffix("/").split("/")
        if any(part in ("", ".", "..") for part in parts) or "\\" in name or ":" in parts[0] or len(parts) > MAX_DEPTH:
            raise DataError(written, f"holds {quoted(name)}, which is no name of a file in an archive")
        if any(map(hidden, parts)):
            continue
        refuse_link(member, written)
        if member.file_size > most_unpacked(member, MAX_BYTES):
            raise DataError(
                written, f"{quoted(name)} unpacks to {member.file_size:,} bytes; at most {MAX_BYTES:,} are read"
            )
        found[name] = member
    return found


def _arrange(written: str, names: list[str], folders: list[str]) -> tuple[list[str], list[int], list[str]]:
    """Classes, and for each picture the id of its class and its path, in order. An only outer folder is passed
    through."""
    pictures = sorted(name for name in names if name.lower().endswith(ENDINGS))
    if not pictures:
        raise DataError(written, "holds no picture", f"pictures end in {', '.join(ENDINGS)}")
    outer = _outer(pictures)
    loose = [name for name in pictures if "/" not in name[len(outer):]]
    if loose:
        raise DataError(
            written,
            f"holds {quoted(loose[0])} outside of the folders of classes"
            + (f", as {len(loose) - 1:,} more" if len(loose) > 1 else ""),
            "each class has a folder of its own: cat/1.jpg, dog/2.jpg",
        )
    classes = sorted({_top(name, outer) for name in pictures})
    empty = {_top(name, outer) for name in folders if name.startswith(outer) and name != outer} - {*classes}
    _check_classes(written, classes, empty)
    _say_others(written, len(names) - len(pictures))
    place = {name: i for i, name in enumerate(classes)}
    ordered = sorted((place[_top(name, outer)], name) for name in pictures)
    return classes, [i for i, _ in ordered], [name for _, name in ordered]


def _outer(pictures: list[str]) -> str:
    """The path of the folder that holds those of the classes, "" or that of an only folder around them."""
    outer = ""
    while len(tops := {_top(name, outer) for name in pictures}) == 1 and all(
            name.count("/") - outer.count("/") >= 2 for name in pictures):
        outer += tops.pop() + "/"
    return outer


def _top(name: str, outer: str) -> str:
    """The folder of a path, directly below `outer`."""
    return name[len(outer):].split("/")[0]


def _check_classes(written: str, classes: list[str], empty: set[str]) -> None:
    """DataError for folders without a picture (`empty`), those that are splits, and names that cannot be printed."""
    if empty:
        raise DataError(written, f"the class {quoted_list(sorted(empty))} has no picture",
                        "take its folder out, or put pictures there")
    if len({*classes} & SPLITS) > 1:
        raise DataError(written, f"holds the folders {quoted_list(classes)}, which are splits, no classes",
                        f"name each: `path: {written}/train`, `test: {written}/test`")
    bad = next((name for name in classes if printable(name) != name), None)
    if bad is not None:
        raise DataError(written, f"the class {quoted(bad)} has a name that cannot be printed")


def _say_others(written: str, others: int) -> None:
    if others:
        what = "1 file passed over that is no picture" if others == 1 else \
            f"{others:,} files passed over that are no pictures"
        info(f"{written}: {what}")
