"""All pictures of a folder as one array: looked at, brought to one form, decoded once and kept in the cache."""

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256

import numpy as np

from dlcli.data.files import cache
from dlcli.data.files.class_folders import ClassFolders
from dlcli.data.files.each import each
from dlcli.data.pictures.decode import Form, decode, read_head
from dlcli.errors import ConfigError, StorageError
from dlcli.notices import info

VERSION = 4
"""Of what is decoded: a change of `decode` makes older caches useless."""
BLOCK = 4 << 20
"""Bytes that are written at a time."""
LARGEST = 1 << 22
"""Most pixels of the pictures that a network reads, 2,048 x 2,048."""
IN_MEMORY = 4 << 30
"""Largest set that is kept in memory if the cache cannot be written to."""


def survey(folders: ClassFolders) -> dict:
    """What the headers of all pictures say, once: {"digest", "sizes": [[height, width, pictures]], "colour",
    "animated"}.

    digest: sha256 over every picture's path and bytes; of a .zip file its own.
    """
    name = f"pictures/{folders.stamp[:32]}.json"
    known = cache.load_note(name)
    if known and known.get("version") == VERSION and known.get("pictures") == len(folders.paths):
        return known
    digest, sizes, colour, animated = sha256(), Counter(), 0, 0
    for row, data, head in each("looking at pictures", len(folders.paths), folders.title, folders.read, read_head):
        digest.update(f"{folders.paths[row]}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
        sizes[head.size] += 1
        colour += head.colour
        animated += head.animated
    found = {
        "version": VERSION,
        "pictures": len(folders.paths),
        "sizes": [[*size, count] for size, count in sizes.most_common()],
        "colour": colour,
        "animated": animated,
        "digest": digest.hexdigest() if folders.place.is_dir() else folders.stamp,
    }
    cache.save_note(name, found)
    return found


def form_of(found: dict, size: list[int] | None, channels: int | None, fit: str, where: str, written: str) -> Form:
    """The one form of all pictures: as the options say, else as the training pictures have in common. ConfigError if
    they have not.

    where: place of the option that names their folder, which is `written`.
    """
    if size is None and len(found["sizes"]) > 1:
        heights, widths, counts = zip(*found["sizes"])
        median = [int(np.median(np.repeat(sides, counts))) for sides in (heights, widths)]
        raise ConfigError(
            where,
            f"the pictures of {written} have {extent(found)} (height x width), and a network reads one",
            f"add `size: {median}`, which is their median; `fit` says how pictures are brought to it"
            if median[0] * median[1] <= LARGEST
            else _smaller(*median),
        )
    height, width = size or found["sizes"][0][:2]
    if height * width > LARGEST:
        place = where.rpartition(".")[0] + ".size" if size else where
        raise ConfigError(place, f"{height:,}x{width:,} are {height * width:,} pixels, and a network reads at most "
                          f"{LARGEST:,}", _smaller(height, width))
    return Form((height, width), channels or (3 if found["colour"] else 1), fit)


def _smaller(height: int, width: int) -> str:
    """The hint if pictures are far larger than a network reads."""
    size = [max(1, round(256 * side / max(height, width))) for side in (height, width)]
    return f"`size: {size}` brings them to what networks can read; `fit` says how"


def need_size(found: dict, form: Form, where: str, written: str) -> None:
    """ConfigError if pictures for validation or test, whose `size` nobody has said, are not as large as those for
    training."""
    if any((h, w) != form.size for h, w, _ in found["sizes"]):
        have = "have" if len(found["sizes"]) > 1 else "are"
        raise ConfigError(
            where,
            f"the pictures of {written} {have} {extent(found)} (height x width), and those for training are "
            f"{form.size[0]}x{form.size[1]}",
            f"add `size: {list(form.size)}`; `fit` says how pictures are brought to it",
        )


def extent(found: dict) -> str:
    """`18 sizes, 27x79 to 120x90`, the smallest and the largest by their pixels; `32x32` if all are the same."""
    ordered = sorted(found["sizes"], key=lambda size: (size[0] * size[1], size[0]))
    least, most = (f"{h}x{w}" for h, w, _ in (ordered[0], ordered[-1]))
    return least if len(ordered) == 1 else f"{len(ordered):,} sizes, {least} to {most}"


def outline(found: dict, form: Form) -> str:
    """'60 pictures of 18 sizes, 27x79 to 120x90, brought to 32x32 by `fit: resize`'."""
    count, changed = found["pictures"], any((h, w) != form.size for h, w, _ in found["sizes"])
    return (f"{count:,} picture{'' if count == 1 else 's'} of {extent(found)}"
            + (f", brought to {form.size[0]}x{form.size[1]} by `fit: {form.fit}`" if changed else ""))


def decoded(folders: ClassFolders, found: dict, form: Form) -> np.ndarray:
    """All pictures, uint8 (pictures, height, width, channels), from the cache if they are there: memory-mapped,
    read-only."""
    shape = (len(folders.paths), *form.size, form.channels)
    key = sha256(f"{VERSION} {found['digest']} {form}".encode()).hexdigest()
    name = f"pictures/{key[:32]}"
    array = cache.load_array(name, shape)
    if array is not None:
        return array
    if found["animated"]:
        animated = "an animated picture" if found["animated"] == 1 else f"{found['animated']:,} animated pictures"
        info(f"{folders.written}: of {animated} only the first frame is read")
    try:
        cache.save_array(name, shape, _blocks(folders, form, shape))
        array = cache.load_array(name, shape)
    except StorageError as error:
        if np.prod(shape, dtype=np.int64) > IN_MEMORY:
            raise
        info(f"{error.problem}: the pictures are decoded each time ({error.where})")
    return decode_all(shape[0], folders.title, folders.read, form) if array is None else array


def decode_all(count: int, title: Callable[[int], str], read: Callable[[int], bytes], form: Form) -> np.ndarray:
    """So many pictures in memory, uint8 (count, height, width, channels). DataError with all that cannot be read.

    title, read: what the i-th picture is called, and its bytes.
    """
    whole = np.empty((count, *form.size, form.channels), np.uint8)
    for row, _, picture in each("decoding pictures", count, title, read, lambda data, name: decode(data, name, form)):
        whole[row] = picture
    return whole


def _blocks(folders: ClassFolders, form: Form, shape: tuple) -> Iterator[np.ndarray]:
    rows = max(1, BLOCK // int(np.prod(shape[1:], dtype=np.int64)))
    block, filled = np.empty((rows, *shape[1:]), np.uint8), 0
    for _, _, picture in each(
        "decoding pictures", shape[0], folders.title, folders.read, lambda data, name: decode(data, name, form)
    ):
        block[filled] = picture
        filled += 1
        if filled == rows:
            yield block
            block, filled = np.empty_like(block), 0
    if filled:
        yield block[:filled]
