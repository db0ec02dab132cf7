"""Which rows are computed together: those of about one length, so that little of a batch is padded."""

from collections.abc import Mapping, Sequence

import numpy as np

from dlcli.data.dataset import Data, Dataset
from dlcli.data.settings import DataSettings
from dlcli.engine.batches import Bucket
from dlcli.errors import ConfigError

MOST = 8
"""Buckets that `auto` makes at most."""
WASTE = 0.1
"""Padded steps in relation to real ones at which it is content."""
FEWEST = 64
"""The share of the training rows that one of its buckets has at least is 1 / FEWEST: each makes plans of its own."""
CANDIDATES = 512
"""Different lengths that are tried as bounds."""

Lengths = Mapping[str, Mapping[str | None, np.ndarray]]
"""Of each split, of each padded input field, the rows' lengths; by None those of a padded target."""


def fill_buckets(data: Data, settings: DataSettings, lengths: Lengths) -> None:
    """Work out `Data.buckets`, the bucket of each row of the splits that are there, and how many rows each has. Of rows
    that are not padded there are none. ConfigError for buckets that are asked for in vain."""
    steps = _longest(data)
    unfit = _unfit(settings, steps)
    if unfit and settings.buckets in ("auto", 1):
        return
    if unfit:
        raise ConfigError("data.buckets", *unfit)
    keys = {}
    for split, own in lengths.items():
        keys[split] = _keys(own, steps)
    bounds = bounds_of(settings.buckets, keys["train"], max(steps.values()))
    if not bounds:
        return
    data.buckets = [_bucket(bound, steps) for bound in bounds]
    for split, own in keys.items():
        places = np.searchsorted(bounds, own)
        data.bucket_rows[split] = tuple(np.bincount(places, minlength=len(bounds) + 1).tolist())
        if split in data.splits:
            data.splits[split].buckets = places


def drop_buckets(data: Data) -> None:
    """One bucket for all rows."""
    data.buckets, data.bucket_rows = [], {}
    for split in data.splits.values():
        split.buckets = None


def bucket_of(data: Data, rows: Dataset) -> np.ndarray | None:
    """The bucket of each of some new rows, by their lengths; None if there are none."""
    if not data.buckets:
        return None
    bounds = [max(*bucket.inputs.values(), bucket.target or 0) for bucket in data.buckets]
    return np.searchsorted(bounds, _keys({**rows.lengths, None: rows.target_lengths}, _longest(data)))


def _longest(data: Data) -> dict[str | None, int]:
    """Steps of the longest row of each padded field, that of the target by None."""
    padded = {name: spec[0] for name, spec in data.inputs.items() if spec.lengths}
    return padded | ({None: data.target[0]} if data.target.lengths else {})


def _unfit(settings: DataSettings, steps: dict) -> tuple[str, str] | None:
    """(problem, hint) if rows cannot be divided by their length."""
    if not steps.keys() - {None}:
        return "rows are divided by their length, and here all have the same", "take it out"
    if settings.sampling == "balanced":
        return ("balanced sampling draws rows of any length, and buckets hold rows of about one",
                "take `buckets` out, or set `sampling: uniform`")
    return None


def _keys(lengths: Mapping[str | None, np.ndarray], steps: Mapping[str | None, int]) -> np.ndarray:
    """The steps that each row needs (rows,), counted in those of the longest field: a bucket of c of these has room for
    floor(c * own / longest) steps of a field whose longest row has `own`."""
    longest = max(steps.values())
    return np.max([-(-np.asarray(lengths[name], np.int64) * longest // own) for name, own in steps.items()], 0)


def _bucket(bound: int, steps: Mapping[str | None, int]) -> Bucket:
    longest = max(steps.values())
    of = {name: max(1, bound * own // longest) for name, own in steps.items()}
    return Bucket({name: own for name, own in of.items() if name is not None}, of.get(None))


def bounds_of(asked: str | int | Sequence[int], lengths: np.ndarray, longest: int) -> list[int]:
    """The steps of all buckets but that of the longest rows, ascending. lengths: of the training rows."""
    if isinstance(asked, (list, tuple)):
        if list(asked) != sorted(set(asked)):
            raise ConfigError("data.buckets", "the steps of buckets must ascend", f"write {sorted(set(asked))}")
        return [bound for bound in asked if bound < longest]
    if asked != "auto":
        return _cheapest(lengths, longest, asked, 0.0, 1)
    return _cheapest(lengths, longest, MOST, WASTE, max(2, len(lengths) // FEWEST))


def _cheapest(lengths: np.ndarray, longest: int, most: int, waste: float, least: int) -> list[int]:
    """The fewest bounds, at most most - 1, with which padded steps are at most `waste` of the real ones, or else are
    fewest. least: rows of a bucket.

    Rows of a bucket between two bounds cost (rows in it) * (upper bound), so the best k buckets up to a bound are the
    best k - 1 up to an earlier one, and one more: dynamic programming over the lengths that there are.
    """
    bounds, rows = _candidates(lengths, longest)
    below = np.concatenate([[0], np.cumsum(rows)])
    within = below[None, 1:] - below[:, None]           # rows between bound i (not included) and bound j
    cost = np.where(within >= least, within * bounds[None, :].astype(np.float64), np.inf)
    cost[np.tril_indices(len(cost), -1, cost.shape[1])] = np.inf
    if not rows[-1]:
        cost[-2, -1] = 0.0                              # nobody there in training, and longer rows elsewhere
    best, ways, enough = cost[0], [np.zeros(len(bounds), np.int64)], (1 + waste) * lengths.sum()
    while best[-1] > enough and len(ways) < most:
        through = np.concatenate([[np.inf], best])[:, None] + cost
        way = through.argmin(0)
        best = np.take_along_axis(through, way[None], 0)[0]
        if not best[-1] < np.inf:
            return []
        ways.append(way)
    found, place = [], len(bounds) - 1
    for way in reversed(ways[1:]):
        place = int(way[place]) - 1
        found.append(int(bounds[place]))
    return found[::-1]


def _candidates(lengths: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Lengths that can be bounds, the longest of all at the end, and how many rows need just that many of them."""
    bounds = np.unique(lengths)
    if len(bounds) > CANDIDATES:
        bounds = bounds[np.unique(np.linspace(0, len(bounds) - 1, CANDIDATES).round().astype(np.int64))]
    if bounds[-1] < longest:
        bounds = np.append(bounds, longest)
    return bounds, np.bincount(np.searchsorted(bounds, lengths), minlength=len(bounds))
