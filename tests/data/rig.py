"""Loading small data in one line."""

import resource
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dlcli.data.dataset import Data
from dlcli.data.load import load
from dlcli.data.settings import DataSettings, Split


def loaded(
    source,
    base: Path = Path(),
    seed: int = 1,
    dtype: str = "float32",
    known: list | None = None,
    split: dict | None = None,
    prepare=(),
    **settings,
) -> Data:
    settings = DataSettings(source=source, split=Split(**(split or {})), prepare=prepare, **settings)
    return load(settings, base, seed, dtype, known)


def csv(folder: Path, text: str | bytes, name: str = "a.csv", **options) -> dict:
    """Writes a CSV file; returns the source that reads it. The target is `y` unless the options say otherwise."""
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return {"csv": {"file": name, "target": "y", **options}}


def idx(values: np.ndarray, code: int = 8) -> bytes:
    """An IDX file."""
    return bytes([0, 0, code, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def made(data: bytes | Callable[[], bytes]) -> bytes:
    """What is large is only made for the test that needs it, not where the table of cases is."""
    return data() if callable(data) else data


@contextmanager
def little_memory(most: int = 256) -> Iterator[None]:
    """Around what may take so many MiB beyond what this process ever had."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < most << 10
