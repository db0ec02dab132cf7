"""One picture file as an array of bytes, whatever its format, size and mode."""

import io
import warnings
from contextlib import contextmanager
from typing import Literal, NamedTuple

import numpy as np

from dlcli.errors import DataError

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""Formats of Pillow that are read: those that people have. No others, since each is a parser that a hostile file can aim at."""
MAX_BYTES = 64 << 20
"""Largest picture file that is read."""
MAX_PIXELS = 1 << 26
"""Most pixels: a file of a few bytes can declare billions."""
GREY = ("1", "L", "LA", "La")
BITS, PHOTOMETRIC = 258, 262
"""Tags of a TIFF: bits per sample, and whether 0 is white (0) or black (1)."""
TURNED = (5, 6, 7, 8)
"""EXIF orientations that exchange height and width."""

Fit = Literal["resize", "crop", "pad"]


class Form(NamedTuple):
    """What every picture is brought to. size: (height, width), or None for its own. channels: 1 is grey, 3 red, green, blue."""

    size: tuple[int, int] | None
    channels: int
    fit: Fit = "resize"


class Head(NamedTuple):
    """What a file says of its picture before it is decoded: size as it is shown, colour or grey, whether more frames follow."""

    size: tuple[int, int]
    colour: bool
    animated: bool


def look(data: bytes, name: str) -> Head:
    """The header of a picture file. DataError where it is none."""
    with _opened(data, name) as image:
        _need_bytes(image, name)
        size = image.size if _orientation(image) in TURNED else image.size[::-1]
        return Head(size, image.mode not in GREY and not _wide(image), _animated(image))


def decode(data: bytes, name: str, form: Form) -> np.ndarray:
    """The picture, uint8 (height, width, channels). DataError where the file is damaged, cut short or no picture.

    Turned as EXIF says. Grey becomes three equal channels, colour becomes grey by ITU-R 601 (0.299 R + 0.587 G + 0.114 B), what is
    transparent shows white, 16 bits become 8, and of an animation it is the first frame. Scaling averages (bilinear, widened
    where it makes smaller).
    """
    with _opened(data, name) as image:
        turn = _orientation(image)
        if form.size is not None:
            image.draft(None, (2 * max(form.size),) * 2)        # a JPEG can be decoded at a half, quarter, eighth of its size
        image = _plain(image, name).convert("L" if form.channels == 1 else "RGB")
        image = _turned(image, turn)
        if form.size not in (None, image.size[::-1]):
            image = _fitted(image, form)
        return np.asarray(image).reshape(*image.size[::-1], form.channels)


@contextmanager
def _opened(data: bytes, name: str):
    """Pillow's picture. All that Pillow can say against a file becomes a DataError; its warnings are about nothing that is used."""
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
    """Whether more frames follow. Of other formats further pictures are no animation: the depth in a phone's JPEG, a TIFF's pages."""
    try:
        return image.format in ("GIF", "PNG", "WEBP") and image.is_animated
    except Exception:       # Pillow has met a second frame that is damaged, and that nobody reads
        return True


def _orientation(image) -> int:
    if image.format == "PNG" and "exif" not in image.info:      # Pillow would decode all of it in search of one at the end
        return 1
    return image.getexif().get(0x0112, 1)


def _turned(image, orientation: int):
    from PIL.Image import Transpose as T

    turns = {2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_270, 7: T.TRANSVERSE, 8: T.ROTATE_90}
    return image.transpose(turns[orientation]) if orientation in turns else image


def _wide(image) -> bool:
    """Whether it is grey of 16 bits per pixel, or of 12; Pillow has these of some formats in 32."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))


def _need_bytes(image, name: str) -> None:
    if image.mode in ("I", "F") and not _wide(image):
        raise DataError(name, f"has pixels of {'32 bits' if image.mode == 'I' else 'fractions'}; expected 8 or 16 bits",
                        "as arrays, the source `npy` reads them")


def _plain(image, name: str):
    """The picture in a mode of 8 bits without transparency."""
    from PIL import Image

    _need_bytes(image, name)
    if _wide(image):
        # Pillow hands on the numbers of a TIFF as they are: of 12 bits, and white as 0 where the file says so
        tags = image.tag_v2 if image.format == "TIFF" else {}
        white = (1 << tags.get(BITS, (16,))[0]) - 1
        wide = np.clip(np.asarray(image), 0, white).astype(np.uint32)
        if tags.get(PHOTOMETRIC) == 0:
            wide = white - wide
        return Image.fromarray(((wide * 255 + white // 2) // white).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB") if image.mode not in ("L", "RGB") else image


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
