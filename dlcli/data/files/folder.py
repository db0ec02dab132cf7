"""All files of one kind below a folder, or within a .zip file, of which nothing is ever unpacked to disk."""

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
from dlcli.errors import DataError, StorageError
from dlcli.notices import info
from dlcli.text import quoted

MAX_FILES = 4_000_000
MAX_DEPTH = 16


class Medium(NamedTuple):
    """A kind of files: what one is called, and several; how their names end; the largest that is read, in bytes."""

    one: str
    many: str
    endings: tuple[str, ...]
    most: int

    def has(self, name: str) -> bool:
        """Whether a file is of this kind, by its name."""
        return name.lower().endswith(self.endings)

    def count(self, n: int) -> str:
        return f"{n:,} {self.one if n == 1 else self.many}"


class Folder(NamedTuple):
    """names: the files of the kind, by their paths below the folder, sorted. folders: those of all folders, with a
    slash at their end. read: the bytes of a file by its name. digest: of a .zip file its sha256, else None."""

    written: str
    place: Path
    names: list[str]
    folders: list[str]
    read: Callable[[str], bytes]
    digest: str | None

    def state(self, names: list[str]) -> tuple[str, int]:
        """A text that is another one whenever the bytes of these files are others, and how many bytes they are.

        For a .zip file its sha256; for a folder made of its place, and of each file's name, size, inode and times:
        names, sizes and times alone are often those of another folder, as unpacked archives have them.
        """
        if self.digest is not None:
            return self.digest, self.place.stat().st_size
        stamp, size = sha256(f"{self.place}\n".encode("utf-8", "surrogateescape")), 0
        for name in names:
            try:
                status = os.stat(self.place / name)
                size += status.st_size
                state = f"{status.st_size} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"
            # a link that leads nowhere: reading it tells, together with whatever else cannot be read
            except OSError:
                state = os.urandom(8).hex()
            stamp.update(f"{name}\0{state}\n".encode("utf-8", "surrogateescape"))
        return stamp.hexdigest(), size


def open_folder(files: Files, written: str, medium: Medium) -> Folder:
    """The files of a kind in a folder or .zip file; how many others there are is said. DataError if there is none."""
    place = files.find(written)
    if place.is_dir():
        names, folders = walk(written, place)
        digest = None

        def read(name: str) -> bytes:
            with open_regular(place / name, f"{written}/{name}", medium.most) as file:
                return file.read()
    else:
        members, read, digest = open_zip(written, place, medium.most)
        names = [name for name in members if not name.endswith("/")]
        folders = [name for name in members if name.endswith("/")]
    found = sorted(filter(medium.has, names))
    if not found:
        raise DataError(written, f"holds no {medium.one}", f"{medium.many} end in {', '.join(medium.endings)}")
    if others := len(names) - len(found):
        info(f"{written}: 1 file passed over that is no {medium.one}" if others == 1 else
             f"{written}: {others:,} files passed over that are no {medium.many}")
    return Folder(written, place, found, folders, read, digest)


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


def open_zip(written: str, place: Path, most: int) -> tuple[list[str], Callable[[str], bytes], str]:
    """The files and folders of a .zip file, `cat/1.jpg` and `cat/`, what unpacks one in memory, and the .zip file's
    sha256.

    most: bytes that a file may unpack to. Hidden ones are left out. DataError if it is damaged, or holds what nobody
    should unpack.
    """
    file = io.BufferedReader(open_regular(place, written), 1 << 16)
    digest = file_digest(file, "sha256").hexdigest()
    try:
        archive = zipfile.ZipFile(file)
        members = _members(written, archive, most)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise DataError(written, f"is neither a folder nor a sound .zip file: {error}") from None

    def unpack(name: str) -> bytes:
        try:
            with archive.open(members[name]) as member:
                return member.read(most + 1)  # without a bound it would unpack more than it declares
        except Exception as error:  # whatever a damaged archive leads its parser and the decompressors to
            raise DataError(
                quoted(f"{written}/{name}"), f"cannot be unpacked: {str(error) or type(error).__name__}"
            ) from None

    return list(members), unpack, digest


def _members(written: str, archive: zipfile.ZipFile, most: int) -> dict[str, zipfile.ZipInfo]:
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
        if member.file_size > most_unpacked(member, most):
            raise DataError(
                written, f"{quoted(name)} unpacks to {member.file_size:,} bytes; at most {most:,} are read"
            )
        found[name] = member
    return found
