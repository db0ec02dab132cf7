"""One file from the network into the cache: resumable, checked by its hash, there whole or not at all."""

import fcntl
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest
from http.client import HTTPException
from pathlib import Path

from dlcli.data.files.catalogue import Remote
from dlcli.errors import StorageError
from dlcli.notices import Progress

TIMEOUT = 30.0
"""Seconds without a byte after which a connection is given up."""
PAUSES = (1.0, 3.0)
"""Seconds before it is tried again, from where it broke off."""
CHUNK = 1 << 17


class Lost(Exception):
    """A connection that failed in a way that may pass; what is there already is kept."""


def is_there(remote: Remote, folder: Path) -> bool:
    """Whether the file lies in the folder with the right bytes."""
    place = folder / remote.name
    try:
        return place.stat().st_size == remote.size and digest(place) == remote.sha256
    except OSError:
        return False


def fetch(remote: Remote, folder: Path) -> Path:
    """The file's place below the folder, after it was fetched if need be. StorageError if that fails; a part of the
    file then stays beside it, and the next call goes on from there."""
    place = folder / remote.name
    if is_there(remote, folder):
        return place
    part = place.with_name(place.name + ".part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "a+b", buffering=0) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StorageError(remote.name, "is being fetched by another process", "wait for it") from None
            _complete(remote, file)
            os.fsync(file.fileno())
            _verify(remote, part)
            os.replace(part, place)
    except OSError as error:
        raise StorageError(str(place), f"cannot be written: {(error.strerror or str(error)).lower()}",
                           "DLCLI_CACHE can name another folder") from None
    return place


def _verify(remote: Remote, part: Path) -> None:
    found = digest(part)
    if found != remote.sha256:
        part.unlink()
        raise StorageError(remote.name, f"what was fetched is not what was published: sha256 {found[:16]}..., "
                           f"expected {remote.sha256[:16]}...",
                           "try again; if it happens again, something on the way changes the file")


def _complete(remote: Remote, file) -> None:
    """Fetch what is missing, from the first address that has it."""
    failures = []
    for url in remote.urls:
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            try:
                _go_on(remote, url, file)
                return
            except Lost as error:
                failure = str(error)
            except urllib.error.HTTPError as error:
                failure = f"the server answers {error.code} {error.reason}"
                if error.code == 416:           # what is there is longer than the file: begin anew
                    file.truncate(0)
                elif error.code < 500 and error.code != 429:
                    break
        failures.append(f"{url}: {failure}")
    raise StorageError(
        remote.name,
        f"cannot be fetched: {'; '.join(failures)}",
        "see whether there is a network, and whether https_proxy is needed; the next call goes on where this one ended",
    )


def _go_on(remote: Remote, url: str, file) -> None:
    """Append the rest of the file, or all of it if the server cannot begin in the middle."""
    there = file.seek(0, os.SEEK_END)
    if there >= remote.size:
        if there > remote.size:
            file.truncate(0)
        else:
            return
        there = 0
    request = urllib.request.Request(url, headers={"User-Agent": "dlcli", "Accept-Encoding": "identity"})
    if there:
        request.add_header("Range", f"bytes={there}-")
    progress = None
    with _network():
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    try:
        with answer:
            if answer.status != 206 or not answer.headers.get("Content-Range", "").startswith(f"bytes {there}-"):
                file.truncate(0)
                there = 0
            progress = Progress(f"fetching {remote.name}", remote.size, there, 1e6, " MB")
            while data := _read(answer):
                there += len(data)
                if there > remote.size:
                    file.truncate(0)
                    raise Lost(f"more than the {remote.size:,} bytes that the file has")
                _write(file, data)
                progress.add(len(data))
    finally:
        if progress is not None:
            progress.end()
    if there < remote.size:
        raise Lost(f"the connection ended after {there:,} of {remote.size:,} bytes")


def _read(answer) -> bytes:
    with _network():
        return answer.read(CHUNK)


@contextmanager
def _network() -> Iterator[None]:
    """Around what only talks to the server: an OSError in here (no route, a broken TLS record) is no fault of the
    disk."""
    try:
        yield
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as error:
        raise Lost(f"cannot be reached: {error.reason}") from None
    except (OSError, HTTPException) as error:
        raise Lost(getattr(error, "strerror", None) or str(error) or type(error).__name__) from None


def _write(file, data: bytes) -> None:
    rest = memoryview(data)
    while rest.nbytes:
        rest = rest[file.write(rest):]


def digest(place: Path) -> str:
    """The sha256 of a file."""
    with open(place, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def forget(remote: Remote, folder: Path) -> None:
    """Delete a fetched file that is needed no more."""
    with suppress(OSError):
        (folder / remote.name).unlink()
