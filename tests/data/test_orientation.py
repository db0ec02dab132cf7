"""Pictures that are stored turned: every format, every place where it is said, every way in."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from dlcli.data.new_rows import prepare_new
from dlcli.data.pictures import decoded_set
from dlcli.data.pictures.decode import Form, decode, read_head
from dlcli.data.pictures.listing import files_of, pictures_in
from tests.data.pictures import encoded, folder, pixels, source
from tests.data.rig import loaded
from tests.data.test_image_folder import archive

COLOURS = np.array([[[200, 30, 30], [30, 200, 30], [30, 30, 200]],
                    [[220, 220, 220], [20, 20, 20], [200, 200, 20]]], np.uint8)
SHOWN = COLOURS.repeat(16, 0).repeat(16, 1)
"""As it must be seen, 32 x 48: squares large enough for a JPEG."""
STORED = {1: lambda x: x, 2: lambda x: x[:, ::-1], 3: lambda x: x[::-1, ::-1], 4: lambda x: x[::-1],
          5: lambda x: x.swapaxes(0, 1), 6: lambda x: np.rot90(x), 7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
          8: lambda x: np.rot90(x, -1)}
"""How a picture lies in a file that says so (TIFF 6.0, page 36), written out here without Pillow."""
XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {}/></x:xmpmeta>'


def exif(turn: int) -> Image.Exif:
    found = Image.Exif()
    found[274] = turn
    return found


def xmp(turn: int) -> bytes:
    return XMP.format(f'tiff:Orientation="{turn}"').encode()


def pages(turn: int, image: Image.Image) -> bytes:
    more = [Image.new("RGB", (5, 7)), Image.new("L", (9, 3))]
    return encoded(image, "TIFF", exif=exif(turn), save_all=True, append_images=more)


def last(data: bytes, kind: bytes) -> bytes:
    """A PNG with its chunk of this kind moved behind the pixels, as some programs write it."""
    start = data.index(kind) - 4
    end = start + 12 + struct.unpack(">I", data[start:start + 4])[0]
    return data[:start] + data[end:-12] + data[start:end] + data[-12:]


def png_xmp(turn: int, image: Image.Image) -> bytes:
    data, text = encoded(image), b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + xmp(turn)
    return data[:33] + struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text)) + data[33:]


FILES = {
    "tiff": lambda turn, image: encoded(image, "TIFF", exif=exif(turn)),
    "tiff lzw": lambda turn, image: encoded(image, "TIFF", exif=exif(turn), compression="tiff_lzw"),
    "tiff jpeg": lambda turn, image: encoded(image, "TIFF", exif=exif(turn), compression="jpeg", quality=95),
    "tiff pages": pages,
    "tiff cmyk": lambda turn, image: encoded(image.convert("CMYK"), "TIFF", exif=exif(turn), compression="packbits"),
    "tiff xmp": lambda turn, image: encoded(image, "TIFF", tiffinfo={700: xmp(turn)}),
    "jpeg": lambda turn, image: encoded(image, "JPEG", exif=exif(turn), quality=95),
    "jpeg progressive": lambda turn, image: encoded(image, "JPEG", exif=exif(turn), quality=95, progressive=True),
    "jpeg xmp": lambda turn, image: encoded(image, "JPEG", xmp=xmp(turn), quality=95),
    "png": lambda turn, image: encoded(image, exif=exif(turn)),
    "png last": lambda turn, image: last(encoded(image, exif=exif(turn)), b"eXIf"),
    "png xmp": png_xmp,
    "png xmp last": lambda turn, image: last(png_xmp(turn, image), b"iTXt"),
    "png palette": lambda turn, image: encoded(image.quantize(8), exif=exif(turn)),
    "webp": lambda turn, image: encoded(image, "WEBP", exif=exif(turn), lossless=True),
    "webp xmp": lambda turn, image: encoded(image, "WEBP", xmp=xmp(turn), lossless=True),
}
NEAR = 12
"""How far a lossy format may be from the colours, in the middle of a square."""


def file(kind: str, turn: int) -> bytes:
    return FILES[kind](turn, Image.fromarray(np.ascontiguousarray(STORED[turn](SHOWN))))


@pytest.mark.parametrize("kind", FILES)
def test_every_orientation_is_seen_upright(kind):
    """Decoded at its size and smaller, in colours and grey; by its header; and as Pillow shows a fresh picture."""
    for turn in STORED:
        data = file(kind, turn)
        found = decode(data, "a", Form(None, 3))
        assert found.shape == SHOWN.shape and np.abs(found[8::16, 8::16].astype(int) - COLOURS).max() <= NEAR, turn
        assert read_head(data, "a").size == SHOWN.shape[:2]
        small = decode(data, "a", Form((8, 12), 1, "resize")).astype(int)[..., 0]
        assert np.abs(small[1::4, 1::4] - np.array(Image.fromarray(COLOURS).convert("L"))).max() <= NEAR
        shown = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        assert np.array_equal(found, np.asarray(shown)), turn


def test_an_orientation_that_there_is_not_turns_nothing():
    for kind in ("tiff", "tiff xmp", "png", "webp"):
        for turn in (0, 9):
            data = FILES[kind](turn, Image.fromarray(SHOWN))
            assert np.array_equal(decode(data, "a", Form(None, 3)), SHOWN) and read_head(data, "a").size == (32, 48)


def test_wide_grey_and_transparent_pictures_are_turned_too():
    ramp = np.arange(32 * 48).reshape(32, 48)
    clear = np.dstack([SHOWN, np.where(ramp < 700, 0, 255).astype(np.uint8)])
    for turn, turned in STORED.items():
        wide = Image.fromarray(np.ascontiguousarray(turned(ramp)).astype(np.uint16) * 40)
        for options in ({"compression": "tiff_lzw"}, {}):
            found = decode(encoded(wide, "TIFF", exif=exif(turn), **options), "a", Form(None, 1))[..., 0]
            assert np.array_equal(found, np.round(ramp * 40 * 255 / 65535)), turn
        for format, options in (("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("PNG", {}),
                                ("WEBP", {"lossless": True})):
            data = encoded(Image.fromarray(np.ascontiguousarray(turned(clear))), format, exif=exif(turn), **options)
            expected = np.where(clear[..., 3:] == 0, 255, SHOWN)
            assert np.array_equal(decode(data, "a", Form(None, 3)), expected), (format, turn)


def test_folders_archives_and_new_pictures(tmp_path, monkeypatch):
    """Nowhere is one size more than there is, and all rows show the same picture."""
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    endings = {"tiff": "tif", "tiff lzw": "tiff", "tiff pages": "tif", "png": "png", "png last": "png", "webp": "webp"}
    files = {f"{'ab'[turn % 2]}/{kind}{turn}.{ending}": file(kind, turn)
             for kind, ending in endings.items() for turn in STORED}
    folder(tmp_path / "set", files)
    archive(tmp_path / "set.zip", files)
    for path in ("set", "set.zip"):
        data = loaded(source(path), tmp_path)
        assert data.inputs["x"] == SHOWN.shape and len(pixels(data)) == 48
        assert (pixels(data) == SHOWN / np.float32(255)).all()
    monkeypatch.chdir(tmp_path)
    single = files_of([str(tmp_path / "set" / name) for name in files])
    for given in (single, pictures_in("set"), pictures_in("set.zip"), "set.zip"):
        assert (np.asarray(prepare_new(given, data).inputs["x"]) == SHOWN / np.float32(255)).all()


def test_pictures_that_an_older_version_has_decoded_are_decoded_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    folder(tmp_path / "set", {f"{'ab'[turn % 2]}/{turn}.tif": file("tiff", turn) for turn in STORED})
    with monkeypatch.context() as older:
        older.setattr(decoded_set, "VERSION", 2)
        older.setattr(decoded_set, "decode", lambda data, name, form: np.zeros(SHOWN.shape, np.uint8))
        assert not pixels(loaded(source(), tmp_path)).any()
    assert (pixels(loaded(source(), tmp_path)) == SHOWN / np.float32(255)).all()
