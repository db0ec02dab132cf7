"""Digits on cluttered canvases, pixel by pixel."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_column
from dlcli.data.formats.idx import read_idx
from dlcli.data.pictures.canvases import canvases
from dlcli.data.sources._parts import PARTS, Part, written
from dlcli.data.sources._source import Source
from dlcli.data.table import Column, Table
from dlcli.engine.streams import Stream
from dlcli.errors import ConfigError, DataError

MOST = 254
"""Most classes of digits: with the background they fit a byte."""

PIXELS = 1 << 31
"""Most pixels of all canvases of a split; each takes two bytes."""


class DigitCanvases(Source):
    """Canvases with handwritten digits here and there among pieces of other digits, and the class of each pixel.
    `digit 0` to `digit 9` are ink of at least half strength that belongs to a whole digit; empty paper and the pieces
    are `background`.

    Drawn from IDX files such as MNIST's, the same for the same seed (after the cluttered MNIST of Mnih et al. 2014). A
    split with files of its own uses these alone, so test canvases show digits that training never sees; splits without
    share the training files' digits out among them, and no digit serves two splits. Pictures are (size, size, 1) from 0
    to 1.
    """

    images: str | dict[Part, str]
    """Path of the pictures of single digits, or a path per split: `{train: a.gz, test: b.gz}`."""
    labels: str | dict[Part, str]
    """Path, or a path per split, of the classes of the same digits."""
    train: Annotated[int, Ge(1), Le(1_000_000)] = 4000
    """Number of canvases to train on."""
    validation: Annotated[int, Ge(0), Le(1_000_000)] = 500
    """Number of canvases to choose by."""
    test: Annotated[int, Ge(0), Le(1_000_000)] = 1000
    """Number of canvases to evaluate on."""
    size: Annotated[int, Ge(8), Le(4096)] = 64
    """Height and width of a canvas in pixels. All canvases of a split have at most 2,147,483,648."""
    digits: Annotated[int, Ge(1), Le(100)] = 3
    """Most digits on a canvas. Each has 1 to `digits` of them, all numbers equally often; one that finds no free place
    is left out."""
    clutter: Annotated[int, Ge(0), Le(1000)] = 8
    """Pieces of digits on a canvas, which count as background."""

    def memory_hint(self) -> str:
        return "fewer canvases, or a smaller `size`, need less"

    def __post_init__(self):
        pixels = max(self.train, self.validation, self.test) * self.size ** 2
        if pixels > PIXELS:
            raise ValueError(f"the canvases of a split have {pixels:,} pixels; at most {PIXELS:,} are drawn")

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        names = written(self.images, "data.source.digit_canvases.images")
        labels = written(self.labels, "data.source.digit_canvases.labels")
        if names.keys() != labels.keys():
            raise ConfigError(
                "data.source.digit_canvases",
                f"`images` names {', '.join(names)} and `labels` names {', '.join(labels)}",
                "each split needs both",
            )
        sizes = {part: getattr(self, part) for part in PARTS if getattr(self, part)}
        pools = {part: self._read(files, names[part], labels[part]) for part in names if part in sizes}
        classes = np.unique(pools["train"][1])
        if len(classes) < 2 or len(classes) > MOST:
            raise DataError(labels["train"], f"holds {len(classes)} classes", f"2 to {MOST} are needed")
        pools |= self._shares(
            *pools["train"], {part: size for part, size in sizes.items() if part == "train" or part not in pools}, seed
        )
        tables = {}
        for part, size in sizes.items():
            digits, ids = pools[part]
            strange = np.setdiff1d(ids, classes)
            if len(strange):
                raise DataError(labels[part], f"holds the class {strange[0]}", "the training split has no such digit")
            rng = Stream(seed, "data", "digit_canvases", part).at()
            x, t = canvases(
                digits,
                (np.searchsorted(classes, ids) + 1).astype(np.uint8),
                size,
                self.size,
                self.digits,
                self.clutter,
                rng,
            )
            tables[part] = Table({"x": array_column(x, scale=True)}, Column(t), "class of each pixel", "classification",
                                 labels=["background", *(f"digit {name}" for name in classes.tolist())],
                                 where=lambda row, title, part=part: f"canvas {row + 1} of {part}")
        return tables

    def _shares(self, digits: np.ndarray, ids: np.ndarray, sizes: dict[str, int], seed: int) -> dict[str, tuple]:
        """The training files' digits, divided among splits in proportion to their canvases."""
        order = Stream(seed, "data", "digit_canvases").at().permutation(len(digits))
        ends = np.cumsum(list(sizes.values()))
        shares = np.split(order, ends[:-1] * len(order) // ends[-1])
        for part, rows in zip(sizes, shares):
            if not len(rows):
                raise DataError(
                    "data.source.digit_canvases", f"no digit is left for {part}: there are {len(digits)} in all"
                )
        return {part: (digits[rows], ids[rows]) for part, rows in zip(sizes, shares)}

    def _read(self, files: Files, name: str, labels: str) -> tuple[np.ndarray, np.ndarray]:
        """The digits (n, height, width) uint8 and their labels (n,)."""
        digits, ids = read_idx(files.read(name), name), read_idx(files.read(labels), labels)
        if digits.ndim != 3 or digits.dtype != np.uint8:
            raise DataError(
                name,
                f"holds {digits.dtype} values of shape {digits.shape}",
                "digits are bytes: (number, height, width)",
            )
        if ids.shape != digits.shape[:1]:
            raise DataError(labels, f"holds labels of shape {ids.shape} for {len(digits):,} digits")
        if max(digits.shape[1:]) > self.size:
            raise ConfigError(
                "data.source.digit_canvases.size",
                f"is {self.size}, and a digit of {name} has {digits.shape[1]} x {digits.shape[2]} pixels",
                "make the canvas larger",
            )
        return digits, ids
