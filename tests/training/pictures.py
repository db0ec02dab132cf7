"""A small task on pictures, made on the spot: bars that stand or lie, among noise."""

import gzip
import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from dlcli.config import parse
from dlcli.config.build import experiment

PIXELS = (8, 8, 1)
PLACE = TemporaryDirectory()
ROWS = {"train": 320, "test": 96}
CONFIG = """
name: bars
seed: 3
data:
  source:
    idx:
      images: {train: train-images.gz, test: test-images.gz}
      labels: {train: train-labels.gz, test: test-labels.gz}
      layout: channel
network:
  - conv2d: {filters: 4, kernel: 3, padding: same}
  - batch_norm
  - relu
  - max_pool2d: {size: 2}
  - flatten
  - dropout: {p: 0.2}
  - linear: {units: 2}
loss: cross_entropy
optimizer: {adam: {learning_rate: 0.01}}
training: {epochs: 2, batch_size: 32, shards: 2}
"""


@cache
def pictures(split: str, labels: bool = False) -> np.ndarray:
    """Bytes (rows, 8, 8, 1), or their labels: 0 for a bar that lies, 1 for one that stands."""
    rng = np.random.default_rng(len(split))
    t = np.arange(ROWS[split]) % 2
    x = rng.uniform(80, 140, (len(t), 8, 8))
    for row, stands in enumerate(t):
        bar = (slice(None), rng.integers(1, 7)) if stands else (rng.integers(1, 7), slice(None))
        x[row][bar] += rng.uniform(60, 110)
    x = np.clip(np.round(x), 0, 255).astype(np.uint8)[..., None]
    return t.astype(np.uint8) if labels else x


@cache
def folder() -> Path:
    """The task as IDX files."""
    path = Path(PLACE.name)
    for split in ROWS:
        x, t = pictures(split)[..., 0], pictures(split, labels=True)
        for name, a in (("images", x), ("labels", t)):
            head = struct.pack(f">BBBB{a.ndim}I", 0, 0, 8, a.ndim, *a.shape)
            (path / f"{split}-{name}.gz").write_bytes(gzip.compress(head + a.tobytes()))
    return path


def build(*overrides: str, text: str = CONFIG):
    return experiment(parse(text.encode(), "bars.yaml", list(overrides)), folder())
