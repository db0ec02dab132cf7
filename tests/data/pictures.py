"""Picture files for tests."""

import io
from pathlib import Path

import numpy as np
from PIL import Image


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
    return {f"{name}/{i}.png": encoded(picture(10 * c + i, **options)) for c, name in enumerate(("cat", "dog")) for i in range(count)}


def source(path="set", **options) -> dict:
    return {"image_folder": {"path": path, **options}}


def pixels(data, split="train") -> np.ndarray:
    return np.asarray(data.splits[split].inputs["x"])
