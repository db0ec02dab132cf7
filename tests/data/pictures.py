"""Picture files for tests."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlcli.errors import DataError
from tests.data.rig import loaded


def picture(seed: int = 0, size: tuple = (6, 8), mode: str = "RGB") -> Image.Image:
    """A picture of smooth colours, `size` as (height, width)."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (2, 2, 3), np.uint8))
    return small.resize(size[::-1], Image.Resampling.BILINEAR).convert(mode)


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def folder(place: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def two_classes(count: int = 3, **options) -> dict[str, bytes]:
    """cat/0.png, ..., dog/0.png, ..."""
    return {
        f"{name}/{i}.png": encoded(picture(10 * c + i, **options))
        for c, name in enumerate(("cat", "dog"))
        for i in range(count)
    }


def source(path="set", **options) -> dict:
    return {"image_folder": {"path": path, **options}}


def pixels(data, split="train") -> np.ndarray:
    return np.asarray(data.splits[split].inputs["x"])


def tiff(bits: int, photometric: int, data: bytes) -> bytes:
    """A row of four grey pixels."""
    tags = {256: 4, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: 1, 279: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value)
                       for tag, value in tags.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def archive(place, files: dict[str, bytes]):
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return place


def refused(tmp_path, files: dict[str, bytes], kind=DataError, **options):
    """What is said of these files, the same for a folder and for an archive."""
    said = []
    for name, put in (("set", folder), ("set.zip", archive)):
        put(tmp_path / name, files)
        with pytest.raises(kind) as caught:
            loaded(source(name, **options), tmp_path)
        error = caught.value
        said.append([str(part).replace("set.zip", "set") for part in (error.where, error.problem, error.hint)])
    assert said[0] == said[1]
    return said[0]
