"""What decoding a picture takes, by its header: a file of a few kilobytes can ask for gigabytes, or for minutes."""

import struct

from dlcli.errors import DataError

MAX_MEMORY = 192 << 20
"""Most bytes that a picture file and its decoding may take."""
MAX_IN_PYTHON = 1 << 21
"""Most samples of the kinds of picture that Pillow decodes in Python: over a second for a million."""
MAX_SCANS = 50
"""Most passes over a JPEG that comes in several; programs write up to a dozen."""
IN_PYTHON = ("bmp_rle", "ppm", "ppm_plain")
"""Decoders of Pillow written in Python: packed BMP, and PPM as text or with another white than 255 and 65,535."""
SINGLE_BYTE, TWO_BYTES = ("1", "L", "P"), ("I;16", "I;16L", "I;16B", "I;16N")
"""Modes of Pillow with so many bytes for each pixel; all others have four."""
STARTS, SCAN = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}, 0xDA
"""Markers of a JPEG: its frame begins, a scan begins."""
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
TILE_WIDTH, TILE_HEIGHT, STRIP_HEIGHT, BITS, SAMPLES = 322, 323, 278, 258, 277
"""Tags of a TIFF: what is unpacked at a time, and how large each pixel of it is."""


def pixel_bytes(mode: str) -> int:
    """Bytes that Pillow holds for a pixel of this mode."""
    return 1 if mode in SINGLE_BYTE else 2 if mode in TWO_BYTES else 4


def need_room(image, data: bytes, name: str, more: int) -> None:
    """DataError if decoding takes more memory or time than a picture is worth.

    image: Pillow's, not yet decoded. data: its file. more: bytes of all copies of the picture that there are at a time.
    """
    needed = len(data) + _decoder(image, data, name) + more
    if needed > MAX_MEMORY:
        most = MAX_MEMORY >> 20
        raise DataError(name, f"would take {-(-needed >> 20):,} MiB to decode; at most {most} MiB are taken",
                        "store it smaller, or as a plain JPEG, which is decoded at a part of its size")
    samples = image.size[0] * image.size[1] * len(image.getbands())
    if image.tile and image.tile[0][0] in IN_PYTHON and samples > MAX_IN_PYTHON:
        raise DataError(name, f"is a {image.format} of a kind that is slow to decode, and holds {samples:,} values; "
                        f"at most {MAX_IN_PYTHON:,} are read", "store it as PNG")


def _decoder(image, data: bytes, name: str) -> int:
    """Bytes that the format's decoder holds beside the picture."""
    if image.format == "WEBP":          # the frame, the one before it, and a copy of four bytes a pixel
        return 12 * image.size[0] * image.size[1]
    if image.format == "TIFF" and image.tile and image.tile[0][0] == "libtiff":
        return _segment(image.tag_v2, image.size)
    return _coefficients(data, name) if image.format in ("JPEG", "MPO") else 0


def _segment(tags, size: tuple[int, int]) -> int:
    """The strip or tile of a packed TIFF that is unpacked at a time; a tile may be larger than the picture."""
    if TILE_WIDTH in tags:
        pixels = tags[TILE_WIDTH] * tags.get(TILE_HEIGHT, 1)
    else:
        pixels = size[0] * min(size[1], tags.get(STRIP_HEIGHT, size[1]))
    return pixels * max(4, tags.get(SAMPLES, 1) * max(tags.get(BITS, (1,))) // 8)


def _coefficients(data: bytes, name: str) -> int:
    """What libjpeg keeps of a JPEG in several scans, as a progressive one is: two bytes for each of its numbers."""
    place, frame, progressive = 2, (), False
    while data[place:place + 1] == b"\xff":
        kind = data[place + 1]
        if kind == 0xFF:            # a marker may have any number of these before it
            place += 1
            continue
        if kind in STARTS:
            progressive = kind in PROGRESSIVE
            height, width, parts = struct.unpack(">HHB", data[place + 5:place + 10])
            frame = height * width, [divmod(factor, 16) for factor in data[place + 11:place + 11 + 3 * parts:3]]
        elif kind == SCAN:
            break
        place += 2 + int.from_bytes(data[place + 2:place + 4], "big")
    if not frame or not (progressive or data[place + 4] < len(frame[1])):
        return 0
    if (scans := data.count(b"\xff\xda", place)) > MAX_SCANS:
        raise DataError(name, f"comes in {scans:,} scans; at most {MAX_SCANS} are read", "store it as a plain JPEG")
    pixels, factors = frame
    whole = max(h for h, _ in factors) * max(v for _, v in factors)
    return sum(2 * pixels * h * v // max(1, whole) for h, v in factors)
