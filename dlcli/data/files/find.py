"""Finding, reading and recording the files that data comes from."""

import os
import stat
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from dlcli.data.files.cache import cache_folder
from dlcli.errors import DataError, StorageError
from dlcli.storage.machine import total_memory

MAX_BYTES = 8 << 30
"""Largest file that is read."""


class Files:
    """Where a config's files are, and what was read.

    A relative path is looked for beside the config (`base`), then under $DLCLI_DATA, then in dlcli's cache folder.
    `known` are the records of an earlier run: each file is looked for first where that run found it, and must still
    have the same sha256. `hint` says what to do if a file is too large to be read. `records` grows by {"written",
    "found", "size", "sha256"} for each file; sha256 is None for a file of which only the header was looked at.
    """

    def __init__(self, base: Path, known: list[dict] | None = None, hint: str | None = None):
        self._base, self._hint = Path(base), hint
        self._known = {record["written"]: record for record in known or ()}
        self.records: list[dict] = []

    def find(self, written: str) -> Path:
        """The file's place. DataError, with the places tried, if there is none."""
        known = self._known.get(written)
        places = [Path(known["found"])] if known else []
        places += [folder / written for folder in self._folders(written)]
        for place in places:
            if os.path.exists(place):
                return Path(os.path.abspath(place))
        tried = ", ".join(
            dict.fromkeys(repr(os.path.abspath(p)) if "\0" not in str(p) else repr(str(p)) for p in places)
        )
        raise DataError(
            written,
            f"no such file; tried {tried}",
            _fetched(written)
            or "a relative path is looked for beside the config (new rows: in the current folder), then under "
               "$DLCLI_DATA, then "
            "in dlcli's cache folder",
        )

    def _folders(self, written: str) -> list[Path]:
        if os.path.isabs(written):
            return [Path(written).parent]
        data, cache = os.environ.get("DLCLI_DATA"), cache_folder()
        return [self._base] + ([Path(data)] if data else []) + ([cache] if cache else [])

    def read(self, written: str) -> bytes:
        """The whole file, hashed and recorded."""
        place = self.find(written)
        with open_regular(place, written, MAX_BYTES, self._hint) as file:
            size, there = os.fstat(file.fileno()).st_size, total_memory()
            if size > there:
                raise DataError(written, f"has {size:,} bytes, and this machine has {there:,} of memory", self._hint)
            try:
                data = file.read()
            except OSError as error:
                raise StorageError(written, f"cannot be read: {error.strerror}") from None
        self.verify(written, place, len(data), sha256(data).hexdigest())
        return data

    def verify(self, written: str, place: Path, size: int, digest: str) -> None:
        """Record what was read. DataError if an earlier run has read something else."""
        known = self._known.get(written)
        if known and known["sha256"] not in (None, digest):
            raise DataError(
                written,
                f"is not the file that the run was trained on: sha256 {digest[:16]}... at {place}, "
                f"was {known['sha256'][:16]}...",
                "put the file back, or train a new run on the new one",
            )
        self._record(written, place, size, digest)

    def open(self, written: str, most: int = MAX_BYTES) -> BinaryIO:
        """The file, of at most so many bytes, open for a look at its header; recorded without a hash."""
        place = self.find(written)
        file = open_regular(place, written, most, self._hint)
        self._record(written, place, os.fstat(file.fileno()).st_size, None)
        return file

    def digest(self, written: str) -> str:
        """The sha256 of a file that was read; worked out now for one of which only the header was looked at."""
        known = next((record["sha256"] for record in self.records if record["written"] == written and record["sha256"]),
                     None)
        if known is not None:
            return known
        with open_regular(self.find(written), written, 1 << 62) as file:
            return file_digest(file, "sha256").hexdigest()

    def _record(self, written: str, place: Path, size: int, digest: str | None) -> None:
        record = {"written": written, "found": str(place), "size": size, "sha256": digest}
        if record not in self.records:
            self.records.append(record)


def is_folder(name: str) -> bool:
    """Whether a folder is found under this name, by the rule for all files."""
    try:
        return Files(Path()).find(name).is_dir()
    except DataError:
        return False


def _fetched(written: str) -> str | None:
    """A hint for a file of a public set, which can be fetched."""
    from dlcli.data.files.catalogue import SETS

    name = next((found.name for found in SETS.values() if written in found.files), None)
    return name and f"`dlcli datasets get {name}` fetches it; or set DLCLI_DATA to the folder that holds {written}"


def open_regular(place: Path, written: str, most: int = MAX_BYTES, hint: str | None = None) -> BinaryIO:
    """Open a regular file of at most so many bytes; anything else (a folder, a pipe that would block) is a DataError.

    hint: that of the error if the file is larger.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise StorageError(written, f"cannot be opened: {error.strerror} ({place})") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise DataError(written, f"is not a file ({place})")
    if status.st_size > most:
        os.close(descriptor)
        raise DataError(written, f"has {status.st_size:,} bytes; at most {most:,} are read ({place})", hint)
    return os.fdopen(descriptor, "rb", buffering=0)
