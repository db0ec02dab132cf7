"""Pictures that are large, or say that they are: what decoding takes."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from dlcli.data.pictures import decode as pictures
from dlcli.data.pictures import room
from dlcli.data.pictures.decode import Form, decode, read_head
from dlcli.errors import DataError
from tests.data.pictures import encoded, picture, tiff
from tests.data.rig import little_memory

OWN = Form(None, 3)

MODES = {mode: encoded(picture(4, (50, 70)).convert(mode), "TIFF" if mode == "CMYK" else "PNG")
         for mode in ("1", "L", "P", "LA", "RGB", "RGBA", "CMYK")}
MODES["P with a transparent colour"] = encoded(picture(4, (50, 70)).quantize(9), transparency=3)
WIDE = Image.fromarray(np.arange(3500, dtype=np.uint16).reshape(50, 70) * 18)
for format in ("PNG", "PPM", "TIFF"):
    MODES[f"16 bits, {format}"] = encoded(WIDE, format)
MODES["16 bits, white as 0"] = tiff(16, 0, b"\0\0\1\1\x80\x80\xff\xff")
MODES["12 bits"] = tiff(12, 1, b"\xff\xff\xff\x80\x00\x00")


@pytest.mark.parametrize("data", MODES.values(), ids=MODES)
def test_a_large_picture_is_read_some_rows_at_a_time(data, monkeypatch):
    """With the same pixels as in one piece; where much less is wanted, made smaller first, which looks the same."""
    height, width = read_head(data, "a").size
    own = [Form(None, channels) for channels in (1, 3)]
    wanted = [Form((max(1, height // 10), max(1, width // 9)), channels, "crop") for channels in (1, 3)]
    whole, small = ([decode(data, "a", form) for form in forms] for forms in (own, wanted))
    monkeypatch.setattr(pictures, "BAND", 3 * width)
    assert all(np.array_equal(decode(data, "a", form), x) for form, x in zip(own, whole))
    monkeypatch.setattr(pictures, "LARGE", 100)
    assert all(np.abs(decode(data, "a", form) - x.astype(int)).mean() < 4 for form, x in zip(wanted, small))
    assert all(np.array_equal(decode(data, "a", form), x) for form, x in zip(own, whole))


def declared(width: int, height: int, kind: int, depth: int = 8, rows: bytes = b"") -> bytes:
    """A PNG of a few bytes that declares such a picture. kind: 0 grey, 2 colour."""
    head = struct.pack(">2I5B", width, height, depth, kind, 0, 0, 0)
    chunks = [b"IHDR" + head, b"IDAT" + zlib.compress(rows, 1), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)


def webp(width: int, height: int) -> bytes:
    body = b"VP8L" + struct.pack("<IBI", 5, 0x2F, width - 1 | height - 1 << 14) + b"\0"
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def jpeg(width: int, height: int, scans: int = 0, first: int = 3) -> bytes:
    """The headers of a progressive JPEG (first: 3), or of one with a scan for each colour (1); then `scans` more."""
    kind, body = (0xC2 if first == 3 else 0xC0), struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    scan = b"\xff\xda" + struct.pack(">HB", 6 + 2 * first, first) + b"\1\0\2\0\3\0"[:2 * first] + b"\0\x3f\0"
    thumbnail = b"\xff\xe1\0\x10Exif\xff\xda\0\x0c\3" + bytes(5)          # is no scan of this picture
    frame = b"\xff\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body
    return b"\xff\xd8" + thumbnail + frame + scan * (1 + scans) + b"\xff\xd9"


def tiled(side: int) -> bytes:
    """A packed TIFF of 4 x 4 pixels in a single tile."""
    tags = {256: 4, 257: 4, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 324: 8, 325: 8}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<2sHI", b"II", 42, 16) + bytes(8) + struct.pack("<H", len(tags)) + entries + bytes(4)


TOO_MUCH = {
    "8,192 squared": (declared(8192, 8192, 2), "would take 257 MiB to decode; at most 192"),
    "8,191 squared": (declared(8191, 8191, 2), "at most 192 MiB"),
    "long": (declared(65535, 800, 6), "at most 192 MiB"),
    "webp": (webp(4000, 4000), "at most 192 MiB"),
    "progressive": (jpeg(8000, 8000), "take 3[67][0-9] MiB"),
    "a scan for each colour": (jpeg(8000, 8000, first=1), "take 3[67][0-9] MiB"),
    "scans": (jpeg(64, 64, 60), "61 scans; at most 50"),
    "tile": (tiled(20_000), "at most 192 MiB"),
    "white is 100": (b"P5 1500 1500 100\n", "slow to decode, and holds 2,250,000 values"),
    "text": (b"P3 900 900 255\n", "slow to decode, and holds 2,430,000 values"),
}


@pytest.mark.parametrize("data, problem", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_would_take_too_much_is_refused_by_its_header(data, problem):
    """By `check` too, which only looks."""
    for read in (lambda: read_head(data, "a"), lambda: decode(data, "a", Form((8, 8), 3))):
        with little_memory(64), pytest.raises(DataError, match=problem) as caught:
            read()
        assert caught.value.where == "a" and caught.value.hint.startswith("store it")


def test_the_largest_that_are_read_take_little(monkeypatch):
    """Grey ones of 16 bits, which Pillow's own ways would copy four times; a JPEG at a part of its size."""
    wide = declared(5000, 5000, 0, 16, bytes(5000 * 10_001))
    with little_memory(120):
        assert read_head(wide, "a").size == (5000, 5000) and not decode(wide, "a", Form((8, 8), 3)).any()
    flat = encoded(Image.new("L", (5000, 5000), 100), "JPEG")
    with little_memory(60):
        assert np.abs(decode(flat, "a", Form((8, 8), 3)).astype(int) - 100).max() < 3
    monkeypatch.setattr(room, "MAX_MEMORY", 3 << 20)        # all that there is at a time does not fit
    exif = Image.Exif()
    exif[274] = 6
    grey = Image.new("L", (600, 600))
    assert decode(encoded(grey), "a", OWN).shape == (600, 600, 3)
    for format in ("PNG", "TIFF"):
        with pytest.raises(DataError, match="take [4-6] MiB to decode; at most 3"):
            decode(encoded(Image.new("RGBA", (600, 600)), format, exif=exif), "a", OWN)


EMPTY = {
    "png": declared(0, 0, 2), "png of no width": declared(0, 5, 0), "pgm": b"P5 0 0 255\n", "ppm": b"P6 0 7 255\n",
    "gif": b"GIF89a" + bytes(7) + b";", "jpeg": jpeg(0, 0),
    "bmp": b"BM" + struct.pack("<6I2H6I", 54, 0, 54, 40, 0, 0, 1, 24, *[0] * 6),
    "tiff": tiff(8, 1, b"").replace(struct.pack("<HHII", 256, 3, 1, 4), struct.pack("<HHII", 256, 3, 1, 0)),
}


@pytest.mark.parametrize("data", EMPTY.values(), ids=EMPTY)
def test_pictures_without_a_pixel(data):
    for read in (lambda: read_head(data, "a"), lambda: decode(data, "a", Form((8, 8), 3))):
        with pytest.raises(DataError):
            read()
