"""Dividing rows into training, validation and test, exactly and by the seed."""

from typing import NamedTuple

import numpy as np

from dlcli.data.settings import Split
from dlcli.engine.streams import Stream
from dlcli.errors import ConfigError, DataError

ORDER = ("train", "validation", "test")


def shares_of(split: Split, delivered: set[str]) -> dict[str, float]:
    """Share of each split that is to be cut from the source's training rows. ConfigError if they cannot be."""
    for name in ("validation", "test"):
        if getattr(split, name) and name in delivered:
            raise ConfigError(f"data.split.{name}", f"the source brings a {name} split of its own",
                              f"take `{name}` out of `split`, or give the source one file")
    others = split.validation + split.test
    train = 1 - others if split.train is None else split.train
    if train + others > 1 + 1e-9:
        raise ConfigError("data.split", f"the shares add up to {train + others:g}, more than 1")
    if train < 1e-9:
        raise ConfigError(
            "data.split", "nothing is left for training", "make the shares of validation and test smaller"
        )
    return {"train": train, "validation": split.validation, "test": split.test}


class Division(NamedTuple):
    """What the splits of a source are cut from.

    rows: of its training table. classes: class id of each, if each row has one; else None. given: rows of each split
    that the source brings as such. indivisible: as of `Table`.
    """

    rows: int
    classes: np.ndarray | None
    given: dict[str, int]
    indivisible: str | None = None

    def cut(self, split: Split, seed: int) -> dict[str, np.ndarray]:
        """Row numbers of each split. seed: that of the config, if the split has none of its own."""
        asked = next((name for name in ("validation", "test") if getattr(split, name)), None)
        if asked and self.indivisible and asked not in self.given:
            raise ConfigError(f"data.split.{asked}", f"cannot be cut from the rows: {self.indivisible}",
                              f"choose recordings by `{asked}` of the source")
        if split.stratify and self.classes is None:
            raise ConfigError("data.split.stratify", "needs one class per row, and the target here is none",
                              "take it out")
        stratify = split.shuffle if split.stratify is None else split.stratify
        seed = seed if split.seed is None else split.seed
        cut = divide(shares_of(split, set(self.given)), self.rows, self.classes if stratify else None, split.shuffle,
                     seed)
        return cut | {name: np.arange(rows) for name, rows in self.given.items()}


def divide(
    shares: dict[str, float], rows: int, classes: np.ndarray | None, shuffle: bool, seed: int
) -> dict[str, np.ndarray]:
    """Row numbers of each split whose share is above 0, ascending.

    classes: class id of each row, if each class is to be divided in the same shares. Each class's count in a split
    is its exact share, rounded down or up (largest remainder); what rounding took from a split in one class it gets
    back in the next, so the totals are exact to within one row. A class with rows has one at least in the training
    split.
    """
    order = Stream(seed, "split").at().permutation(rows) if shuffle else np.arange(rows)
    ids = np.zeros(rows, np.int64) if classes is None else classes[order]
    order = order[np.argsort(ids, kind="stable")]
    sizes = np.bincount(ids)
    parts: dict[str, list] = {name: [] for name in ORDER}
    start = 0
    for counts in _counts(sizes, np.array([*shares.values(), max(0.0, 1 - sum(shares.values()))])):
        for name, count in zip(ORDER, counts):
            parts[name].append(order[start:start + count])
            start += count
        start += counts[-1]
    splits = {name: np.sort(np.concatenate(parts[name])) for name in ORDER if shares[name] > 0}
    for name, found in splits.items():
        if len(found) == 0:
            alone = int((sizes == 1).sum())
            raise DataError(
                f"data.split.{name}",
                f"the split would be empty: a share of {shares[name]:g} of {rows} rows",
                f"{alone:,} classes have one row each, and that one is for training: is the target a "
                "number (`task: regression`), or `stratify: false`"
                if 2 * alone > rows
                else "use a larger share, or leave the split out",
            )
    return splits


def _counts(sizes: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Rows (classes, splits) by largest remainder, with the remainders carried from class to class."""
    counts, carried = np.zeros((len(sizes), len(shares)), np.int64), np.zeros(len(shares))
    for row, size in zip(counts, sizes):
        exact = size * shares
        row[:] = np.floor(exact + 1e-9)
        open_seats = size - row.sum()
        row[np.argsort(-(carried + exact - row), kind="stable")[:open_seats]] += 1
        if size and row[0] == 0:
            row[row.argmax()] -= 1
            row[0] = 1
        carried += exact - row
    return counts
