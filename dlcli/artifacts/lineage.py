"""Which rows a network has learned from, through all the runs that it started from (`init_from`): rows.safetensors of a
run folder.

A run takes over what the run before it knows, so the folders of earlier ones may be gone.
"""

from typing import NamedTuple

import numpy as np

from dlcli.artifacts.run import Run
from dlcli.artifacts.storage import open_file
from dlcli.artifacts.strict_json import dump, parse
from dlcli.artifacts.tensor_file import decode, encode
from dlcli.data.dataset import Data
from dlcli.data.trace import Trace
from dlcli.engine.forms import Odd, anything, boolean, check, each, record, table, text
from dlcli.errors import RunError

FILE = "rows.safetensors"
NONE = np.empty(0, np.int64)
FORM = record(runs=each(record(run=text, split=table(anything))), whole=boolean)


class Trained(NamedTuple):
    """Rows that were learned. places: `Trace.origin` of a file to a bool for each of its rows. prints: `Trace.prints`,
    sorted, each once."""

    places: dict[str, np.ndarray]
    prints: np.ndarray

    @classmethod
    def of(cls, trace: Trace) -> "Trained":
        rows = np.zeros(trace.total, bool)
        rows[trace.numbers] = True
        return cls({trace.origin: rows}, NONE if trace.prints is None else np.unique(trace.prints))

    def __or__(self, other: "Trained") -> "Trained":
        places = dict(self.places)
        for origin, rows in other.places.items():
            mine = places.get(origin)
            places[origin] = rows if mine is None or len(mine) != len(rows) else mine | rows
        return Trained(places, np.union1d(self.prints, other.prints))

    def by_place(self, trace: Trace) -> np.ndarray:
        """Whether each row of a split is one of these: the same row of the same file."""
        rows = self.places.get(trace.origin)
        if rows is None or len(rows) != trace.total:
            return np.zeros(len(trace.numbers), bool)
        return rows[trace.numbers]

    def by_content(self, trace: Trace) -> np.ndarray:
        """Whether each row of a split holds what one of these holds."""
        if not len(self.prints) or trace.prints is None:
            return np.zeros(len(trace.numbers), bool)
        return self.prints[np.searchsorted(self.prints, trace.prints).clip(max=len(self.prints) - 1)] == trace.prints


class Lineage(NamedTuple):
    """own: rows of the run's training split. before: those of all runs that it started from, which `runs` names, the
    latest first, each with its `split` (`seed` filled in). whole: False where one of these does not say what it was
    trained on."""

    own: Trained
    before: Trained = Trained({}, NONE)
    runs: list[dict] = []
    whole: bool = True

    def seen(self, trace: Trace) -> np.ndarray:
        """Which rows of a split held out were learned. By content only what this run does not learn anyway: rows that
        repeat are no leak from earlier runs."""
        learned = self.own.by_place(trace) | self.before.by_place(trace)
        if not len(self.before.prints):
            return learned
        return learned | self.before.by_content(trace) & ~self.own.by_content(trace)

    def encode(self) -> list:
        """The file in pieces."""
        arrays = {}
        for name, trained in (("own", self.own), ("before", self.before)):
            arrays[f"{name}/prints"] = trained.prints
            arrays |= {f"{name}/rows/{origin}": rows for origin, rows in trained.places.items()}
        return encode(arrays, {"lineage": dump({"runs": self.runs, "whole": self.whole}).decode()})[0]


def of_new(data: Data, start: Run | None) -> Lineage:
    """That of a run on these data, which starts from another one or from nothing."""
    own = Trained.of(data.traces["train"])
    if start is None:
        return Lineage(own)
    split = {"seed": None} | start.resolved.get("data", {}).get("split", {})
    split["seed"] = start.resolved.get("seed") if split["seed"] is None else split["seed"]
    first, earlier = {"run": start.path.name, "split": split}, of(start)
    if earlier is None:
        return Lineage(own, runs=[first], whole=False)
    return Lineage(own, earlier.own | earlier.before, [first, *earlier.runs], earlier.whole)


def of(run: Run) -> Lineage | None:
    """What a run's folder says; None where it holds no such file, as those of older versions. RunError where it is
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
    except (Odd, KeyError) as error:
        raise RunError(str(path), f"is not what this program writes: {error}") from None


def _trained(arrays: dict[str, np.ndarray], name: str) -> Trained:
    prints, head = arrays[f"{name}/prints"], f"{name}/rows/"
    places = {key.removeprefix(head): rows for key, rows in arrays.items() if key.startswith(head)}
    odd = any(rows.dtype != bool or rows.ndim != 1 for rows in places.values())
    if odd or prints.dtype != np.int64 or prints.ndim != 1:
        raise Odd(name, "expected bools for the rows of each file, and int64 for prints")
    return Trained(places, np.unique(prints))
