"""Files that dlcli makes for itself and can make anew: in the cache folder, whole or not at all, checked when they are
read."""

import json
import mmap
import os
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from dlcli.errors import DataError, StorageError

CHECKED = 1 << 30
"""Bytes up to which the checksum of an array is looked at when it is opened; of larger ones only size and header
are."""
STALE = 86_400
"""Seconds after which what an interrupted process left is deleted."""


def cache_folder() -> Path | None:
    """$DLCLI_CACHE, $XDG_CACHE_HOME/dlcli or ~/.cache/dlcli; None if the user has no home."""
    own, cache = os.environ.get("DLCLI_CACHE", ""), os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(own):
        return Path(own)
    if os.path.isabs(cache):
        return Path(cache, "dlcli")
    home = os.path.expanduser("~")
    return Path(home, ".cache", "dlcli") if os.path.isabs(home) else None


def needed_folder() -> Path:
    """The cache folder; StorageError if there is none."""
    folder = cache_folder()
    if folder is None:
        raise StorageError(
            "cache",
            "there is no folder for it: neither DLCLI_CACHE nor XDG_CACHE_HOME nor a home is set",
            "set DLCLI_CACHE to a folder",
        )
    return folder


def load_note(name: str) -> dict | None:
    """A JSON object of the cache; None if it is not there or damaged, or if there is no cache."""
    with suppress(OSError, ValueError, StorageError):
        found = json.loads(_place(name).read_bytes())
        return found if isinstance(found, dict) else None
    return None


def save_note(name: str, note: dict) -> None:
    """Keep a JSON object. Without a cache folder that can be written to, it is made anew the next time."""
    with suppress(OSError, StorageError):
        write(name, [json.dumps(note).encode()])


def load_array(name: str, shape: tuple) -> np.ndarray | None:
    """The array of bytes `name`.npy, memory-mapped and read-only; None if it is not there, damaged or of another
    shape."""
    from dlcli.data.formats.npy import scan_npy  # few commands read such files

    note = load_note(f"{name}.json")
    if note is None:
        return None
    with suppress(OSError, ValueError, DataError), open(_place(f"{name}.npy"), "rb") as file:
        stand_in, size = scan_npy(file, name), os.fstat(file.fileno()).st_size
        start = size - prod(shape)
        if stand_in.shape != shape or stand_in.dtype != np.uint8 or note.get("start") != start:
            return None
        whole = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        if size <= CHECKED and zlib.crc32(whole) != note.get("crc32"):
            return None
        return np.frombuffer(whole, np.uint8, offset=start).reshape(shape)
    return None


def save_array(name: str, shape: tuple, blocks: Iterable[np.ndarray]) -> None:
    """Write an array of bytes that comes in blocks of rows. StorageError if the cache cannot be written to."""
    head = _header(shape)
    crc = zlib.crc32(head)

    def pieces() -> Iterator:
        nonlocal crc
        yield head
        for block in blocks:
            crc = zlib.crc32(block, crc)
            yield block

    write(f"{name}.npy", pieces())
    write(f"{name}.json", [json.dumps({"start": len(head), "crc32": crc}).encode()])


def write(name: str, pieces: Iterable) -> Path:
    """A file of the cache from its pieces, atomically: it is there whole, or what was there before. Returns its
    place."""
    place = _place(name)
    temporary = place.with_name(f".{place.name}.{os.getpid()}.{os.urandom(2).hex()}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _clean(place.parent)
        try:
            with open(temporary, "xb", buffering=0) as file:
                for piece in pieces:
                    rest = memoryview(piece).cast("B")
                    while rest.nbytes:
                        rest = rest[file.write(rest):]
            os.replace(temporary, place)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise StorageError(str(place), f"the cache cannot be written to: {(error.strerror or str(error)).lower()}",
                           "DLCLI_CACHE can name another folder") from None
    return place


def _place(name: str) -> Path:
    return needed_folder() / name


def _header(shape: tuple) -> bytes:
    """The header of a .npy file of bytes."""
    head = BytesIO()
    npy.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return head.getvalue()


def _clean(folder: Path) -> None:
    """Delete temporary files of processes that were killed long ago."""
    with suppress(OSError):
        for place in folder.glob(".*.tmp"):
            if time.time() - place.stat().st_mtime > STALE:
                place.unlink()
