"""Prepared data: what a network is trained and evaluated on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dlcli.data.augmented import Augmented
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.leaks import Leak
from dlcli.data.past import Past
from dlcli.data.split import Division
from dlcli.data.trace import Trace
from dlcli.data.windows import Windows
from dlcli.engine.batches import Bucket
from dlcli.engine.plan_context import Places
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError

if TYPE_CHECKING:
    from dlcli.data.columns._column import FittedColumn
    from dlcli.data.fitted import Fitted


@dataclass
class Dataset:
    """One split, ready for the network: arrays with a row per sample.

    inputs: field name to array (rows, ...), in the network's float type or int64, or to what can be read like one
        (`LazyRows`). A data set with one feature calls it "x".
    target: class ids (rows,) int64 (of more than one to a row, `LazyRows` as bytes), or values (rows, k) in the
        network's float type.
    labelled: False for new rows without a target; `target` then holds zeros.
    augmented: random changes of one field's pictures, for a training split.
    trace: of new rows with a target, which they are.
    lengths: field name to real lengths (rows,) int64, for fields whose rows are padded. target_lengths: those of the
        target; None if it is not padded.
    buckets: number of each row's bucket (rows,), if rows of about one length are computed together.
    begins: whether each row (rows,) is the first of a text of its own, if rows go on in the next ones; None: only the
        very first is.
    past: of windows of a series, what came before each.
    """

    inputs: dict[str, np.ndarray | LazyRows]
    target: np.ndarray
    lengths: dict[str, np.ndarray] = field(default_factory=dict)
    target_lengths: np.ndarray | None = None
    buckets: np.ndarray | None = None
    begins: np.ndarray | None = None
    labelled: bool = True
    augmented: Augmented | None = None
    trace: Trace | None = None
    past: Past | None = None

    def __len__(self) -> int:
        return len(self.target)

    def gather(self, rows: np.ndarray, places: Places, epoch: int | None = None) -> None:
        """Copy the named rows into memory that exists already.

        epoch: that of training, which keys random changes of the data; None if a network is evaluated.
        """
        for name, out in places.inputs.items():
            if epoch is not None and self.augmented is not None and name == self.augmented.field:
                self.augmented.take(self.inputs[name], rows, out, epoch)
            else:
                _take(self.inputs[name], rows, out, epoch)
        for name, out in places.lengths.items():
            self.lengths[name].take(rows, 0, out, "clip")
            most = places.inputs[name].shape[1]
            if len(out) and out.max() > most:
                raise ValueError(f"a row of {name!r} has {out.max()} steps, and its bucket {most}")
        self.gather_target(rows, places.target, places.target_lengths, epoch)

    def gather_target(self, rows: np.ndarray, target: np.ndarray, lengths: np.ndarray | None,
                      epoch: int | None = None) -> None:
        """The same of the target alone, and of its lengths."""
        _take(self.target, rows, target, epoch)
        if lengths is not None:
            self.target_lengths.take(rows, 0, lengths, "clip")

    def rows(self, ids: np.ndarray, dtype=None) -> "Dataset":
        """The named rows as a data set of their own, in memory and without augmentation. dtype: of their floats, if it
        is to be another."""
        def take(x: np.ndarray | LazyRows) -> np.ndarray:
            found = x[ids]
            if found.dtype.kind == "i":         # ids of tokens are kept in fewer bytes than the network reads
                return found.astype(np.int64, copy=False)
            return found.astype(dtype) if dtype is not None and found.dtype.kind == "f" else found

        return Dataset({name: take(x) for name, x in self.inputs.items()}, take(self.target),
                       {name: x[ids] for name, x in self.lengths.items()},
                       None if self.target_lengths is None else self.target_lengths[ids], labelled=self.labelled)

    def ahead(self, rows: np.ndarray) -> None:
        """Rows that will be gathered next, so that what is on a disk can be fetched meanwhile."""
        for x in self.inputs.values():
            if isinstance(x, LazyRows):
                x.ahead(rows)


def _take(x, rows: np.ndarray, out: np.ndarray, epoch: int | None) -> None:
    """Rows of anything that is read like an array; of windows those of this epoch."""
    if isinstance(x, Windows):
        x.take(rows, 0, out, "clip", epoch)
    else:
        x.take(rows, 0, out, "clip")


class UnknownTexts(NamedTuple):
    """A column of texts, most of which in some splits no training row has. rows: those of so many in `total`. alone:
    there is no other column."""

    column: str
    splits: list[str]
    rows: int
    total: int
    dates: bool
    alone: bool


class Sequences(NamedTuple):
    """Of a split whose targets are sequences: the targets (rows, most), the steps of each row by padded field, and what
    tells a row's place."""

    targets: np.ndarray
    lengths: dict[str, np.ndarray]
    where: Callable[[int], str]


class Pitfalls(NamedTuple):
    """What of the data is likely to mislead, as `data.pitfalls` finds it.

    mean, deviation: of each value of a regression's target in the training split, as the network learns it."""

    mean: list[float]
    deviation: list[float]
    leaks: list[Leak]
    unknown_texts: list[UnknownTexts]


@dataclass
class Data:
    """All splits of one source with what is known about them.

    splits: "train", "validation", "test": those that exist, in this order; empty for `declared` data.
    inputs: Spec of each input field. target: Spec of the target (`counts` from the training split).
    task: "classification" or "regression". labels: class names by id, for classification.
    positive: id of the positive class of a binary task, else None. target_name: column of the target, for tables.
    fitted: everything needed to bring new rows to the network; None if there are no rows.
    files: for each file read: {"written", "found", "size", "sha256"}.
    rows: how many each split has, also if only a description was asked for.
    missing: of a description, rows without a value in each column that has such, before anything is filled.
    about: of a description, what the source says of its files, a line each.
    pitfalls: what of the data is likely to mislead (`Pitfalls`), if a config is seen for the first time.
    hints: what makes "classes" or "values" of a target that is taken for the other.
    warnings: what is probably wrong with how files are read, each at the place in the config that settles it; likewise.
    target_range: least and greatest value of a regression's target over all splits, as the network learns it (after
    `scale_target`).
    traces: which rows each split is made of. division: what they were cut from. {} and None if there are no rows.
    unseen: of each split held out, the texts that the training split does not have (`inputs.unseen_texts`).
    sequences: of each split whose targets are such, what must fit together (`Sequences`), until it was looked at.
    streams: whether the rows of a split go on in the next ones, as windows of a text in their order do.
    buckets: of rows that differ in length, the steps that shorter ones are computed with, ascending, by input field;
        those of the longest are left out. bucket_rows: how many rows of each split are in each, the longest at the end.
    bytes: memory that the rows of all splits take. mapped: bytes that stay in their files, and come to memory if
        there is room.
    """

    splits: dict[str, Dataset]
    inputs: dict[str, Spec]
    target: Spec
    task: str
    labels: list[str] | None = None
    positive: int | None = None
    target_name: str | None = None
    fitted: "Fitted | None" = None
    files: list[dict] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    about: list[str] = field(default_factory=list)
    pitfalls: Pitfalls | None = None
    hints: dict[str, str] = field(default_factory=dict)
    warnings: list[ConfigError] = field(default_factory=list)
    target_range: tuple[float, float] | None = None
    traces: dict[str, Trace] = field(default_factory=dict)
    division: Division | None = None
    unseen: dict[str, dict[str, tuple[list[str], int]]] = field(default_factory=dict)
    sequences: dict[str, Sequences] = field(default_factory=dict)
    streams: bool = False
    buckets: list[Bucket] = field(default_factory=list)
    bucket_rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    bytes: int = 0
    mapped: int = 0

    @property
    def positive_label(self) -> str | None:
        """Name of the class that precision, recall and F1 are about; None unless there are two classes."""
        if self.task != "classification" or self.target.size != 2:
            return None
        return (self.labels or ["0", "1"])[1 if self.positive is None else self.positive]

    @property
    def columns(self) -> "list[FittedColumn]":
        """The columns that were learned; none if there are no rows."""
        return [] if self.fitted is None else self.fitted.columns

    def state(self) -> dict:
        """What new rows need, as JSON values: what a checkpoint holds, so that a run folder alone can take new rows."""
        return {
            "inputs": {name: _spec_state(spec) for name, spec in self.inputs.items()},
            "target": _spec_state(self.target),
            "task": self.task,
            "labels": self.labels,
            "positive": self.positive,
            "target_name": self.target_name,
            "fitted": {} if self.fitted is None else self.fitted.state(),
        } | ({"buckets": [bucket._asdict() for bucket in self.buckets]} if self.buckets else {})

    @classmethod
    def of(cls, state: dict) -> "Data":
        """What `state` describes, without splits. `forms.FormError` names the field if it is no such state: it comes
        from a file."""
        from dlcli.data.fitted import Fitted
        from dlcli.data.state import check

        check(state)
        values = state | {"fitted": Fitted.of(state["fitted"])}
        inputs = {name: _spec_of(spec) for name, spec in values.pop("inputs").items()}
        values["buckets"] = [Bucket(**bucket) for bucket in values.get("buckets", ())]
        return cls({}, inputs, _spec_of(values.pop("target")), **values)


def _spec_state(spec: Spec) -> dict:
    counts = None if spec.counts is None else list(spec.counts)
    state = {"shape": list(spec), "dtype": spec.dtype, "size": spec.size, "lengths": spec.lengths, "counts": counts}
    return state if spec.scale is None else state | {"scale": list(spec.scale)}


def _spec_of(state: dict) -> Spec:
    counts = None if state["counts"] is None else tuple(state["counts"])
    scale = tuple(state["scale"]) if "scale" in state else None
    return Spec(state["shape"], state["dtype"], state["size"], state["lengths"], counts, scale)
