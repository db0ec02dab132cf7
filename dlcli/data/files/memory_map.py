"""Arrays in files that are read as rows are needed: for data larger than memory."""

import mmap
import os
from hashlib import file_digest, sha256

import numpy as np

from dlcli.data.files import cache
from dlcli.data.files.find import Files, open_regular
from dlcli.storage.machine import free_memory

LARGEST = 1 << 44
"""Bytes of the largest file that is mapped."""
MEMORY_SHARE = 0.5
"""Files up to this share of the free memory are read by the kernel as a whole, beforehand; of larger ones each next
batch is."""


def map_npy(files: Files, written: str) -> np.ndarray:
    """The array of a .npy file, read-only, without reading it. Recorded with its sha256, which is worked out once for
    each state of the file and kept in the cache."""
    from dlcli.data.formats.npy import layout_of  # few commands read such files

    place = files.find(written)
    with open_regular(place, written, LARGEST) as file:
        dtype, shape, start = layout_of(file, written, mapped=True)
        status = os.fstat(file.fileno())
        state = f"{place}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}"
        note = f"files/{sha256(state.encode(errors='replace')).hexdigest()[:32]}"
        known = cache.load_note(f"{note}.json")
        digest = known["sha256"] if known and isinstance(known.get("sha256"), str) else None
        if digest is None:
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
            cache.save_note(f"{note}.json", {"sha256": digest})
        files.verify(written, place, status.st_size, digest)
        whole = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    return np.frombuffer(whole, dtype, offset=start).reshape(shape)


class Ahead:
    """Tells the kernel which rows of a mapped array come next, so that it reads them while a batch is computed."""

    def __init__(self, whole: mmap.mmap, values: np.ndarray):
        self._whole = whole
        self._row = values.nbytes // len(values)
        self._start = _address(values) - _address(np.frombuffer(whole, np.uint8))
        if hasattr(mmap, "MADV_RANDOM"):
            whole.madvise(mmap.MADV_RANDOM)     # else the kernel reads 32 pages for each that is missing

    def __call__(self, rows: np.ndarray) -> None:
        if not hasattr(mmap, "MADV_WILLNEED"):
            return
        starts = self._start + rows * self._row
        firsts = starts - starts % mmap.PAGESIZE
        for first, length in zip(firsts.tolist(), (starts + self._row - firsts).tolist()):
            self._whole.madvise(mmap.MADV_WILLNEED, first, length)


def ahead_of(values: np.ndarray) -> Ahead | None:
    """How to read ahead in a mapped array; None if it is in memory, or will be at once since there is room for all
    of it."""
    base = values
    while isinstance(base, np.ndarray):
        base = base.base
    whole = base.obj if isinstance(base, memoryview) else base
    if not isinstance(whole, mmap.mmap) or not len(values):
        return None
    if values.nbytes > MEMORY_SHARE * free_memory():
        return Ahead(whole, values)
    if hasattr(mmap, "MADV_WILLNEED"):
        whole.madvise(mmap.MADV_WILLNEED)
    return None


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
