"""All pictures of a folder as one array: looked at, brought to one form, decoded once and kept in the cache."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

import numpy as np

from dlcli.data import cache
from dlcli.data.class_folders import ClassFolders
from dlcli.data.picture import MAX_BYTES, Form, decode, look
from dlcli.data.progress import Progress, remark
from dlcli.errors import ConfigError, DataError, StorageError

VERSION = 2
"""Of what is decoded: a change of `decode` makes older caches useless."""
BLOCK = 4 << 20
"""Bytes that are written at a time."""
IN_MEMORY = 4 << 30
"""Largest set that is kept in memory where the cache cannot be written to."""


def survey(folders: ClassFolders) -> dict:
    """What the headers of all pictures say, once: {"digest", "sizes": [[height, width, pictures]], "colour", "animated"}.

    digest: sha256 over every picture's path and bytes; of a .zip file its own.
    """
    name = f"pictures/{folders.stamp[:32]}.json"
    known = cache.load_note(name)
    if known and known.get("version") == VERSION and known.get("pictures") == len(folders.paths):
        return known
    digest, sizes, colour, animated = sha256(), Counter(), 0, 0
    for path, data, head in _each(folders, "looking at pictures", look):
        digest.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
        sizes[head.size] += 1
        colour += head.colour
        animated += head.animated
    found = {"version": VERSION, "pictures": len(folders.paths), "sizes": [[*size, count] for size, count in sizes.most_common()],
             "colour": colour, "animated": animated, "digest": digest.hexdigest() if folders.place.is_dir() else folders.stamp}
    cache.save_note(name, found)
    return found


def form_of(found: dict, size: list[int] | None, channels: int | None, fit: str, where: str) -> Form:
    """The one form of all pictures: as the options say, else as the pictures have in common. ConfigError where they have not."""
    if size is None:
        sizes = found["sizes"]
        if len(sizes) > 1:
            most = ", ".join(f"{h}x{w} ({count:,})" for h, w, count in sizes[:3])
            most += f" and {len(sizes) - 3:,} more" if len(sizes) > 3 else ""
            raise ConfigError(f"{where}.size", f"the pictures have {len(sizes):,} sizes (height x width), and a network reads one: {most}",
                              f"add `size: [{sizes[0][0]}, {sizes[0][1]}]`, say")
        size = sizes[0][:2]
    return Form(tuple(size), channels or (3 if found["colour"] else 1), fit)


def decoded(folders: ClassFolders, found: dict, form: Form) -> np.ndarray:
    """All pictures, uint8 (pictures, height, width, channels), from the cache where they are there: memory-mapped, read-only."""
    shape = (len(folders.paths), *form.size, form.channels)
    key = sha256(f"{VERSION} {found['digest']} {form}".encode()).hexdigest()
    name = f"pictures/{key[:32]}"
    array = cache.load_array(name, shape)
    if array is not None:
        return array
    if found["animated"]:
        animated = "an animated picture" if found["animated"] == 1 else f"{found['animated']:,} animated pictures"
        remark(f"{folders.written}: of {animated} only the first frame is read")
    try:
        cache.save_array(name, shape, _blocks(folders, form, shape))
        array = cache.load_array(name, shape)
    except StorageError as error:
        if np.prod(shape, dtype=np.int64) > IN_MEMORY:
            raise
        remark(f"{error.problem}: the pictures are decoded each time ({error.where})")
    return np.concatenate(list(_blocks(folders, form, shape))) if array is None else array


def _blocks(folders: ClassFolders, form: Form, shape: tuple) -> Iterator[np.ndarray]:
    rows = max(1, BLOCK // int(np.prod(shape[1:], dtype=np.int64)))
    block, filled = np.empty((rows, *shape[1:]), np.uint8), 0
    for _, _, picture in _each(folders, "decoding pictures", lambda data, name: decode(data, name, form)):
        block[filled] = picture
        filled += 1
        if filled == rows:
            yield block
            block, filled = np.empty_like(block), 0
    yield block[:filled]


def _each(folders: ClassFolders, what: str, function) -> Iterator[tuple]:
    """(path, bytes, function(bytes, title)) of every picture. All that cannot be read are told in one DataError at the end."""
    progress, bad = Progress(what, len(folders.paths)), []
    try:
        for row, path in enumerate(folders.paths):
            title = folders.title(row)
            try:
                data = folders.read(row)
                if len(data) > MAX_BYTES:
                    raise DataError(title, f"has more than {MAX_BYTES:,} bytes")
                result = function(data, title)
            except DataError as error:
                bad.append(error)
                continue
            if not bad:
                yield path, data, result
            progress.add()
    finally:
        progress.end()
    if bad:
        first, others = bad[0], len(bad) - 1
        hint = "put a sound file in its place, or take it out"
        if others:
            names = ", ".join(error.where for error in bad[1:6])
            hint = f"{others:,} more cannot be read: {names}{', ...' if others > 5 else ''}; take them out"
        raise DataError(first.where, first.problem, first.hint or hint)
