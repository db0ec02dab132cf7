"""CIFAR-10's binary archive as .zip files of pictures, one folder per class, which `image_folder` reads."""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlcli.data.files import cache
from dlcli.errors import DataError
from dlcli.notices import Progress

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""Names by id, as in the archive's batches.meta.txt."""
BATCHES = {"cifar10_train.zip": [f"data_batch_{i}.bin" for i in range(1, 6)], "cifar10_test.zip": ["test_batch.bin"]}
ROWS, SIDE = 10_000, 32
RECORD = 1 + 3 * SIDE * SIDE
"""Bytes of a row: its class, then the red, green and blue planes."""


def convert(folder: Path, name: str, rows: int = ROWS) -> None:
    """Read the batches of the archive `name` in the folder, and write the two .zip files beside it. DataError if it
    is not what it should be. Of the archive only members of the known names and sizes are read, and nothing is unpacked
    to disk."""
    wanted = {batch: target for target, batches in BATCHES.items() for batch in batches}
    found: dict[str, np.ndarray] = {}
    try:
        with tarfile.open(folder / name, "r|gz") as archive:
            for member in archive:
                batch = member.name.removeprefix("cifar-10-batches-bin/")
                if batch in wanted:
                    if not member.isfile() or member.size != rows * RECORD or batch in found:
                        raise DataError(name, f"{batch} is not a file of {rows * RECORD:,} bytes")
                    found[batch] = np.frombuffer(archive.extractfile(member).read(), np.uint8).reshape(rows, RECORD)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(name, f"is not a sound .tar.gz archive: {error}", "delete it, and fetch it again") from None
    absent = [batch for batch in wanted if batch not in found]
    if absent:
        raise DataError(name, f"holds no {', '.join(absent)}", "delete it, and fetch it again")
    for target, batches in BATCHES.items():
        _write(target, np.concatenate([found[batch] for batch in batches]))


def _write(target: str, records: np.ndarray) -> None:
    if records[:, 0].max() >= len(CLASSES):
        raise DataError(target, f"a row has the class {records[:, 0].max()}; there are {len(CLASSES)}")
    cache.write(target, _pieces(target, records))


def _pieces(target: str, records: np.ndarray) -> Iterator[bytes]:
    """The .zip file, some pictures at a time. PNG keeps every pixel, and is packed already."""
    from PIL import Image

    class Tail(io.RawIOBase):
        """A stream that can only be written to, whose bytes are handed on."""

        def __init__(self):
            self.parts = []

        def writable(self):
            return True

        def write(self, data):
            self.parts.append(bytes(data))
            return len(data)

        def taken(self) -> bytes:
            parts, self.parts = self.parts, []
            return b"".join(parts)

    tail, progress = Tail(), Progress(f"writing {target}", len(records))
    with zipfile.ZipFile(tail, "w", zipfile.ZIP_STORED) as archive:
        for i, record in enumerate(records):
            picture = np.ascontiguousarray(record[1:].reshape(3, SIDE, SIDE).transpose(1, 2, 0))
            data = io.BytesIO()
            Image.fromarray(picture).save(data, "PNG", compress_level=6)
            archive.writestr(zipfile.ZipInfo(f"{CLASSES[record[0]]}/{i:05}.png"), data.getvalue())
            progress.add()
            if i % 256 == 255:
                yield tail.taken()
    progress.end()
    yield tail.taken()
