"""Sources of one long row, a text or a time series: divided by its order, so that no window crosses a border."""

from typing import NamedTuple

from dlcli.data.settings import DataSettings
from dlcli.data.split import ORDER, shares_of
from dlcli.errors import ConfigError, DataError


class Stretch(NamedTuple):
    """Steps first .. last (not included) of one of the source's files. file: its number."""

    file: int
    first: int
    last: int


def divide(settings: DataSettings, sizes: dict[str, list[int]]) -> dict[str, list[Stretch]]:
    """The stretches of each split, in the order of the files: of the training files the first share is for training,
    the next for validation, the last for testing.

    sizes: steps of each file, by the split that it is given for. ConfigError for options that are for rows that can
    be drawn by themselves.
    """
    split = settings.split
    for name, given in (("stratify", split.stratify), ("seed", split.seed is not None)):
        if given:
            raise ConfigError(f"data.split.{name}", "rows that follow each other are divided by their order, not drawn",
                              "take it out")
    if settings.augment:
        raise ConfigError("data.augment", "changes pictures, and here there are none", "take it out")
    if settings.sampling != "uniform":
        raise ConfigError("data.sampling", "rows that follow each other have no classes to balance",
                          "take it out")
    if settings.buckets not in ("auto", 1):
        raise ConfigError("data.buckets", "windows all have the same length", "take it out")
    shares = shares_of(split, set(sizes))
    total, found, begin = sum(sizes["train"]), {}, 0.0
    for name in ORDER:
        if name != "train" and name in sizes:
            found[name] = [Stretch(file, 0, size) for file, size in enumerate(sizes[name])]
        elif shares[name] > 0:
            end = begin + shares[name]
            found[name] = _between(sizes["train"], round(total * begin), round(total * min(end, 1.0)))
            begin = end
    for name, stretches in found.items():
        if not stretches:
            raise DataError(f"data.split.{name}", "the split would be empty", "use a larger share")
    return found


def _between(sizes: list[int], begin: int, end: int) -> list[Stretch]:
    """What lies between two places of all files, one behind the other."""
    found, start = [], 0
    for file, size in enumerate(sizes):
        first, last = max(begin - start, 0), min(end - start, size)
        if first < last:
            found.append(Stretch(file, first, last))
        start += size
    return found
