"""One picture file as an array of bytes, whatever its format, size and mode."""

import io
import warnings
from contextlib import contextmanager
from typing import Literal, NamedTuple

import numpy as np

from dlcli.data.files.folder import Medium
from dlcli.data.pictures.room import BITS, need_room, pixel_bytes
from dlcli.errors import DataError

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""Formats of Pillow that are read: those that people have. No others, since each is a parser that a hostile file can
aim at."""
PICTURES = Medium("picture", "pictures",
                  (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"), 64 << 20)
MAX_PIXELS = 1 << 26
"""Most pixels: a file of a few bytes can declare billions."""
LARGE = 1 << 23
"""Pixels above which a picture is first made smaller by a whole factor if much less is wanted."""
BAND = 1 << 20
"""Pixels that are brought to 8 bits at a time."""
DRAFTED = ("JPEG", "MPO")
"""Formats that are decoded at a part of their size."""
GREY = ("1", "L", "LA", "La")
WIDTH, HEIGHT, PHOTOMETRIC, ORIENTATION = 256, 257, 262, 274
"""Tags of a TIFF; photometric: whether 0 is white (0) or black (1). EXIF has the last one too."""
TURNED = (5, 6, 7, 8)
"""Orientations that exchange height and width."""
PNG_TURNED = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")
"""What a PNG holds somewhere if anything but EXIF before its pixels turns it; Pillow decodes all of it to see."""

Fit = Literal["resize", "crop", "pad"]


class Form(NamedTuple):
    """What every picture is brought to. size: (height, width), or None for its own. channels: 1 is grey, 3 red, green,
    blue."""

    size: tuple[int, int] | None
    channels: int
    fit: Fit = "resize"


class Head(NamedTuple):
    """What a file says of its picture before it is decoded: size as it is shown, colour or grey, whether more frames
    follow."""

    size: tuple[int, int]
    colour: bool
    animated: bool


def read_head(data: bytes, name: str) -> Head:
    """The header of a picture file. DataError if it is none, or if decoding it would take too much."""
    with _opened(data, name) as image:
        _need_bytes(image, name)
        width, height = _stored_size(image)
        need_room(image, data, name, 0 if image.format in DRAFTED else width * height * pixel_bytes(image.mode))
        turn = _orientation(image, data)
        size = (width, height) if turn in TURNED else (height, width)
        return Head(size, image.mode not in GREY and not _wide(image), _animated(image))


def decode(data: bytes, name: str, form: Form) -> np.ndarray:
    """The picture, uint8 (height, width, channels). DataError if the file is damaged, no picture or too large.

    Turned as EXIF or XMP says. Grey becomes three equal channels, colour becomes grey by ITU-R 601
    (0.299 R + 0.587 G + 0.114 B), what is transparent shows white, 16 bits become 8, and of an animation it is the
    first frame. Scaling averages (bilinear, widened if it makes smaller).
    """
    with _opened(data, name) as image:
        if form.size is not None:
            # a JPEG can be decoded at a half, quarter, eighth of its size
            image.draft(None, (2 * max(form.size),) * 2)
        mode, factor = "L" if form.channels == 1 else "RGB", _factor(image.size, form)
        _need_memory(image, data, name, mode, factor)
        image.load()
        turn = _orientation(image, data)        # only now: a TIFF has been turned by Pillow, and says so no more
        image = _turned(_plain(image, name, mode, factor), turn)
        if form.size not in (None, image.size[::-1]):
            image = _fitted(image, form)
        return np.asarray(image).reshape(*image.size[::-1], form.channels)


@contextmanager
def _opened(data: bytes, name: str):
    """Pillow's picture. All that Pillow can say against a file becomes a DataError; its warnings are about nothing that
    is used."""
    from PIL import Image

    if not data:
        raise DataError(name, "is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.size[0] * image.size[1] > MAX_PIXELS:
                    raise Image.DecompressionBombError
                yield image
    except DataError:
        raise
    except Image.UnidentifiedImageError:
        raise DataError(name, f"is not a picture: expected {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:
        raise DataError(name, f"declares more than {MAX_PIXELS:,} pixels") from None
    except Exception as error:      # a parser that meets nonsense may raise anything
        raise DataError(name, f"is damaged or cut short: {str(error) or type(error).__name__}") from None


def _animated(image) -> bool:
    """Whether more frames follow. Of other formats further pictures are no animation: the depth in a phone's JPEG, a
    TIFF's pages."""
    try:
        return image.format in ("GIF", "PNG", "WEBP") and image.is_animated
    except Exception:       # Pillow has met a second frame that is damaged, and that nobody reads
        return True


def _stored_size(image) -> tuple[int, int]:
    """Width and height before it is turned; Pillow has those of a TIFF turned already, if a tag says so and not XMP."""
    return (image.tag_v2[WIDTH], image.tag_v2[HEIGHT]) if image.format == "TIFF" else image.size


def _orientation(image, data: bytes) -> int:
    """How it must be turned: by EXIF, else by XMP. A decoded TIFF no more: Pillow turns it itself."""
    if image.format == "PNG" and "exif" not in image.info and not any(mark in data for mark in PNG_TURNED):
        return 1
    return image.getexif().get(ORIENTATION, 1)


def _factor(size: tuple[int, int], form: Form) -> int:
    """By what a large picture is made smaller first, 8, 4, 2 or 1; at least twice the wanted size is left."""
    most = min(size) // (2 * max(form.size)) if form.size and size[0] * size[1] > LARGE else 1
    return next((factor for factor in (8, 4, 2) if factor <= most), 1)


def _need_memory(image, data: bytes, name: str, mode: str, factor: int) -> None:
    """DataError if the copies of the picture take too much: as stored, in the wanted mode, turned."""
    pixels, late = image.size[0] * image.size[1], image.format == "PNG" and any(mark in data for mark in PNG_TURNED)
    turned = late or _orientation(image, data) != 1
    stored, plain = pixels * pixel_bytes(image.mode), pixels * pixel_bytes(mode) if factor == 1 else 0
    twice = stored if image.format == "TIFF" and turned else plain if turned else 0
    need_room(image, data, name, stored + twice + (plain if image.mode != mode else 0))


def _turned(image, orientation: int):
    from PIL.Image import Transpose as T

    turns = {
        2: T.FLIP_LEFT_RIGHT,
        3: T.ROTATE_180,
        4: T.FLIP_TOP_BOTTOM,
        5: T.TRANSPOSE,
        6: T.ROTATE_270,
        7: T.TRANSVERSE,
        8: T.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _wide(image) -> bool:
    """Whether it is grey of 16 bits per pixel, or of 12; Pillow has these of some formats in 32."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))


def _need_bytes(image, name: str) -> None:
    if image.mode in ("I", "F") and not _wide(image):
        raise DataError(name, f"has pixels of {'32 bits' if image.mode == 'I' else 'fractions'}; expected 8 or 16 bits",
                        "as arrays, the source `npy` reads them")


def _plain(image, name: str, mode: str, factor: int):
    """The picture in `mode`, L or RGB, and made smaller by a factor; some rows at a time, without large copies."""
    from PIL import Image

    _need_bytes(image, name)
    if image.mode == mode and not image.has_transparency_data:
        return image.reduce(factor) if factor > 1 else image
    grey, (width, height) = _eight_bits(image) if _wide(image) else None, image.size
    whole = Image.new(mode, (-(-width // factor), -(-height // factor)))
    rows = max(1, BAND // width // factor) * factor
    for top in range(0, height, rows):
        part = image.crop((0, top, width, min(top + rows, height)))
        part = Image.fromarray(grey[np.minimum(np.asarray(part), len(grey) - 1)]) if grey is not None else _opaque(part)
        part = part.convert(mode)
        whole.paste(part.reduce(factor) if factor > 1 else part, (0, top // factor))
    return whole


def _eight_bits(image) -> np.ndarray:
    """The byte for each number of a grey picture of 16 bits or 12.

    Pillow hands on those of a TIFF as they are, and white as 0 if the file has it so.
    """
    tags = image.tag_v2 if image.format == "TIFF" else {}
    white = (1 << tags.get(BITS, (16,))[0]) - 1
    wide = np.arange(white + 1)
    return (((white - wide if tags.get(PHOTOMETRIC) == 0 else wide) * 255 + white // 2) // white).astype(np.uint8)


def _opaque(image):
    """The picture in a mode without transparency."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _fitted(image, form: Form):
    """The picture at the wanted size."""
    from PIL import Image, ImageOps

    (height, width), how = form.size, Image.Resampling.BILINEAR
    if form.fit == "crop":
        return ImageOps.fit(image, (width, height), how)
    if form.fit == "resize":
        return image.resize((width, height), how)
    scale = min(width / image.width, height / image.height)
    inner = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), how)
    x = np.asarray(inner)
    edge = np.concatenate([x[0], x[-1], x[:, 0], x[:, -1]])
    whole = Image.new(image.mode, (width, height), tuple(np.median(edge, 0).astype(int).ravel().tolist()))
    whole.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
    return whole
