"""Which rows a network has learned from, through all the runs that it started from (`init_from`): rows.safetensors of a
run folder.

A run takes over what the run before it knows, so the folders of earlier ones may be gone.
"""

from math import exp, lgamma, log
from typing import NamedTuple

import numpy as np

from dlcli.artifacts.run import Run
from dlcli.artifacts.tensor_file import decode, encode
from dlcli.data.dataset import Data
from dlcli.data.trace import Trace
from dlcli.errors import RunError
from dlcli.storage.atomic import open_file
from dlcli.storage.forms import FormError, anything, boolean, check, each, record, table, text
from dlcli.storage.strict_json import dump, parse

FILE = "rows.safetensors"
NONE = np.empty(0, np.int64)
FORM = record(runs=each(record(run=text, split=table(anything))), whole=boolean)


LEVEL = 0.01
"""How unlikely coincidence must be before rows of equal content count as learned: the usual level of a test."""


class Seen(NamedTuple):
    """Which rows of a split were learned, a bool for each. placed: the same rows of the same file. equal: others, which
    hold what a learned one holds. chance: whether so many could be equal without being the same (`by_chance`)."""

    placed: np.ndarray
    equal: np.ndarray
    chance: bool

    @property
    def rows(self) -> np.ndarray:
        """Those that count as learned."""
        return self.placed if self.chance else self.placed | self.equal


class Trained(NamedTuple):
    """Rows that were learned. places: `Trace.origin` of a file to a bool for each of its rows. hashes: `Trace.hashes`,
    sorted, each as often as one of the runs has learned such a row."""

    places: dict[str, np.ndarray]
    hashes: np.ndarray

    @classmethod
    def of(cls, trace: Trace) -> "Trained":
        rows = np.zeros(trace.total, bool)
        rows[trace.numbers] = True
        return cls({trace.origin: rows}, NONE if trace.hashes is None else np.sort(trace.hashes))

    def __or__(self, other: "Trained") -> "Trained":
        places = dict(self.places)
        for origin, rows in other.places.items():
            mine = places.get(origin)
            places[origin] = rows if mine is None or len(mine) != len(rows) else mine | rows
        return Trained(places, _union(self.hashes, other.hashes))

    def by_place(self, trace: Trace) -> np.ndarray:
        """Whether each row of a split is one of these: the same row of the same file."""
        rows = self.places.get(trace.origin)
        if rows is None or len(rows) != trace.total:
            return np.zeros(len(trace.numbers), bool)
        return rows[trace.numbers]

    def by_content(self, trace: Trace) -> np.ndarray:
        """Whether each row of a split holds what one of these holds."""
        if not len(self.hashes) or trace.hashes is None:
            return np.zeros(len(trace.numbers), bool)
        return self.hashes[np.searchsorted(self.hashes, trace.hashes).clip(max=len(self.hashes) - 1)] == trace.hashes

    def seen(self, trace: Trace) -> Seen:
        """Which rows of a split are among these."""
        placed = self.by_place(trace)
        equal = self.by_content(trace) & ~placed
        if not equal.any():
            return Seen(placed, equal, False)
        whole = trace.whole()       # files are alike or not, so the rows that are learned now tell as well
        return Seen(placed, equal, by_chance(self.hashes, whole.hashes[~self.by_place(whole)]))


def by_chance(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether as many rows of b as there are could be equal to rows of a by coincidence: at least one is. a, b:
    `Trace.hashes`.

    If so, contents that occur m >= 2 times among all len(a) + len(b) rows fall on a and b as a draw without replacement
    does: each lies in both with p = 1 - C(len(a), m) / C(len(a) + len(b), m) - C(len(b), m) / C(len(a) + len(b), m).
    Of G such contents a share x lies in both; that it is so large has a probability of at most exp(-G KL(x || mean p))
    (Chernoff's bound). Rows that repeat within a file thus speak for coincidence, rows that repeat only across files
    against it.
    """
    _, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    in_a, in_b = (np.bincount(part, minlength=place.max() + 1) for part in (place[:len(a)], place[len(a):]))
    times, groups = np.unique((in_a + in_b)[in_a + in_b > 1], return_counts=True)
    total = int(groups.sum())
    apart = [_all_in(m, len(a), len(b)) + _all_in(m, len(b), len(a)) for m in times.tolist()]
    p = max(1 - float(groups @ apart) / total, 1e-12)       # of very many rows, rounding can leave nothing
    x = np.count_nonzero((in_a > 0) & (in_b > 0)) / total
    if x <= p:
        return True
    return exp(total * (x * log(p / x) + ((1 - x) * log((1 - p) / (1 - x)) if x < 1 else 0))) > LEVEL


def _all_in(m: int, a: int, b: int) -> float:
    """Probability that m rows of a + b are all among the a: C(a, m) / C(a + b, m)."""
    return exp(lgamma(a + 1) - lgamma(a - m + 1) - lgamma(a + b + 1) + lgamma(a + b - m + 1)) if m <= a else 0.0


def _union(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Each number as often as it is in that of the two that has it more often, sorted."""
    every = np.union1d(a, b)
    return np.repeat(every, np.maximum(*(np.searchsorted(x, every, "right") - np.searchsorted(x, every)
                                         for x in (a, b))))


class Lineage(NamedTuple):
    """own: rows of the run's training split. before: those of all runs that it started from, which `runs` names, the
    latest first, each with its `split` (`seed` filled in). whole: False if one of these does not say what it was
    trained on."""

    own: Trained
    before: Trained = Trained({}, NONE)
    runs: list[dict] = []
    whole: bool = True

    def seen(self, trace: Trace) -> Seen:
        """Which rows of a split held out were learned. By content only what this run does not learn anyway: rows that
        repeat are no leak from earlier runs."""
        placed, equal, chance = self.before.seen(trace)
        equal &= ~self.own.by_content(trace)
        return Seen(placed | self.own.by_place(trace), equal, chance and bool(equal.any()))

    def encode(self) -> list:
        """The file in pieces."""
        arrays = {}
        for name, trained in (("own", self.own), ("before", self.before)):
            arrays[f"{name}/prints"] = trained.hashes
            arrays |= {f"{name}/rows/{origin}": rows for origin, rows in trained.places.items()}
        return encode(arrays, {"lineage": dump({"runs": self.runs, "whole": self.whole}).decode()})[0]


def new_lineage(data: Data, start: Run | None) -> Lineage:
    """That of a run on these data, which starts from another one or from nothing."""
    own = Trained.of(data.traces["train"])
    if start is None:
        return Lineage(own)
    split = {"seed": None} | start.resolved.get("data", {}).get("split", {})
    split["seed"] = start.resolved.get("seed") if split["seed"] is None else split["seed"]
    first, earlier = {"run": start.path.name, "split": split}, lineage_of(start)
    if earlier is None:
        return Lineage(own, runs=[first], whole=False)
    return Lineage(own, earlier.own | earlier.before, [first, *earlier.runs], earlier.whole)


def lineage_of(run: Run) -> Lineage | None:
    """What a run's folder says; None if it holds no such file, as those of older versions. RunError if it is
    damaged."""
    path = run.path / FILE
    try:
        stream, size = open_file(path)
    except FileNotFoundError:
        return None
    with stream:
        arrays, metadata = decode(stream, size, str(path), None, signed=True)
    about = parse(metadata.get("lineage", "").encode(), f"{path}: lineage")
    try:
        check(FORM, about)
        return Lineage(_trained(arrays, "own"), _trained(arrays, "before"), about["runs"], about["whole"])
    except (FormError, KeyError) as error:
        raise RunError(str(path), f"is not what this program writes: {error}") from None


def _trained(arrays: dict[str, np.ndarray], name: str) -> Trained:
    hashes, head = arrays[f"{name}/prints"], f"{name}/rows/"
    places = {key.removeprefix(head): rows for key, rows in arrays.items() if key.startswith(head)}
    odd = any(rows.dtype != bool or rows.ndim != 1 for rows in places.values())
    if odd or hashes.dtype != np.int64 or hashes.ndim != 1:
        raise FormError(name, "expected bools for the rows of each file, and int64 for prints")
    return Trained(places, np.sort(hashes))
