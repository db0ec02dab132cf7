"""The contract of column types: what is learned about a column on the training rows, and its use on any rows."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from dataclasses import field as option
from math import prod
from typing import ClassVar, Self

import numpy as np

from dlcli.data.lazy_rows import LazyRows
from dlcli.data.pictures.brightness import Appearance
from dlcli.data.prepare._learned import bound, verify
from dlcli.data.prepare._step import BadValue, Step
from dlcli.data.ragged import Ragged
from dlcli.data.table import BLOCK, Column, Table
from dlcli.engine.spec import Spec
from dlcli.errors import DataError
from dlcli.storage.forms import Form, refuse

LARGEST = 1 << 27
"""Numbers in one row."""
TRAINED = "the run was trained on rows without any such: mend this one, or take it out of the file"
"""The hint if a config can mend nothing any more."""
EVERY = ("divisor", "picture", "fill", "categories", "indicator")
"""What the record of every column has in a checkpoint, in this order, whether its type has a use for it or not."""
PLACE = ("field", "at", "width")


@dataclass(kw_only=True)
class FittedColumn(ABC):
    """One column of a table, as a run has learned it. A type of column is a final class in a file of this folder.

    A type adds what it learns as fields, whose values are JSON values: they are what a checkpoint holds. It must define
    `learn`, `reader` and `spec`. Either it has a field of the network for itself (`spec`), or it adds numbers to the
    one field of all single numbers side by side (`spec = None`, and `features`; `row` if they are several).

    name: of the column. shape: of a row's value in the table. steps: what is done to its numbers, each {"kind", what it
    has learned}. field: the network's input that holds it. at, width: the place of its numbers in that field, if it
    shares one.
    """

    kind: ClassVar[str] = ""
    """The type, which is the name of its file."""
    texts: ClassVar[bool] = False
    """Whether the table's values are texts, else they are numbers."""
    cells: ClassVar[bool] = True
    """Whether the cells of a file can hold them, so that `types` may name it."""
    form: ClassVar[dict[str, Form]] = {}
    """Of the fields that a type adds beside `EVERY`, as they are stored."""

    name: str
    shape: list[int]
    steps: list[dict] = option(default_factory=list)
    field: str = ""
    at: int | None = None
    width: int | None = None

    divisor: ClassVar[float] = 1.0
    """What the stored numbers are divided by."""
    picture: ClassVar[Appearance | None] = None
    """How the training pictures look, if rows are pictures."""
    fill: ClassVar[str | None] = None
    """The text in place of a missing one."""
    categories: ClassVar[list[str | None] | None] = None
    """The known texts, at the end None for a missing one; None if the values are no texts."""
    indicator: ClassVar[bool] = False
    """Whether a further number says that the value is missing."""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.kind = cls.__module__.rpartition(".")[2]

    # what a type defines

    @classmethod
    @abstractmethod
    def learn(cls, name: str, column: Column, rows: np.ndarray, steps: list[Step]) -> Self:
        """What is known before any step. steps: those that name the column."""

    @abstractmethod
    def reader(self, column: Column) -> Callable[[np.ndarray], np.ndarray]:
        """What makes new float64 arrays (rows, ...) of row numbers: the values before any step."""

    @property
    @abstractmethod
    def spec(self) -> Spec | None:
        """Of the network's field that is the column's own; None if it shares one with all single numbers."""

    @property
    def features(self) -> list[str]:
        """The names of its numbers in the shared field, an indicator's at the end."""
        return []

    @property
    def row(self) -> tuple[int, ...]:
        """The shape of a row as the steps see it."""
        return tuple(self.shape)

    @classmethod
    def takes(cls, step: Step, named: bool) -> bool:
        """Whether a step is for it. named: the step names the column, else it is for all columns of numbers."""
        return True

    @classmethod
    def misfit(cls, step: Step, name: str) -> tuple[str | None, str, str | None] | None:
        """Why a step that names the column can do nothing with it: the step's option that is wrong (None: that the
        column is named), the problem, a hint."""
        return None

    def stays(self, column: Column, wanted: bool = False) -> bool:
        """Whether the values can stay as they are stored until a batch is read."""
        return False

    def lazy(self, table: Table, rows: np.ndarray, dtype: str, wanted: bool = False) -> LazyRows | None:
        """The rows as they are stored; None if they cannot stay so (`stays`)."""
        return None

    def ragged(self, table: Table, rows: np.ndarray, dtype: str) -> Ragged | None:
        """The rows of a column whose rows differ in length; None for any other."""
        return None

    def lengths(self, table: Table, rows: np.ndarray) -> np.ndarray | None:
        """Steps of each row (rows,) int64 of such a column; None for any other."""
        return None

    def unknown(self, column: Column, rows: np.ndarray) -> np.ndarray | None:
        """Which rows have a text that the training split did not have, bool (rows,); None if values are no texts."""
        return None

    # what all types share

    @classmethod
    def fit(cls, table: Table, name: str, rows: np.ndarray, steps: list[tuple[Step, bool]]) -> Self:
        """Learn from the training rows. steps: those for this column, each with whether it names the column."""
        fitted = cls.learn(name, table.columns[name], rows, [step for step, named in steps if named])
        for step, named in steps:
            if cls.takes(step, named):
                fitted.fit_step(table, rows, step)
        return fitted

    def fit_step(self, table: Table, rows: np.ndarray, step: Step) -> None:
        """Learn a step from the values as the steps before it leave them."""
        if table.columns[self.name].stand_in:       # nothing to learn from, and nothing is prepared
            self.steps.append({"kind": step.kind})
            return
        try:
            learned = step.fit(lambda: (block for _, block in self.blocks(table, rows)))
        except ValueError as error:
            raise DataError(f"column {self.name!r}", str(error)) from None
        self.steps.append({"kind": step.kind, **learned})

    def blocks(self, table: Table, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Prepared values, float64 (rows, ...), some rows at a time, each with the place of its first row."""
        read, chain = self.reader(table.columns[self.name]), [bound(state) for state in self.steps]
        size = max(1, BLOCK // max(1, prod(self.row)))
        for start in range(0, len(rows), size):
            some = rows[start:start + size]
            x = read(some)
            try:
                for apply in chain:
                    apply(x)
            except BadValue as error:
                raise DataError(
                    table.where(int(some[error.row]), self.name),
                    f"column {self.name!r}: {error}",
                    TRAINED if table.trained else "name the columns that a step is for under its `columns`",
                ) from None
            yield start, x

    def prepare(self, x: np.ndarray) -> np.ndarray:
        """Float64 values as the steps change them, in place."""
        for state in self.steps:
            bound(state)(x)
        return x

    def write(self, table: Table, rows: np.ndarray, out: np.ndarray) -> None:
        """Prepared values into `out`, the whole field (rows, ...), in its type. DataError for what is missing or too
        large."""
        own = out if self.at is None else out[:, self.at:self.at + self.width]
        for start, x in self.blocks(table, rows):
            part = own[start:start + len(x)]
            self._copy(table, rows[start:start + len(x)], x.reshape(part.shape), part)

    def check(self, table: Table, rows: np.ndarray, dtype: str) -> None:
        """The errors of `write`, without its array; none for stand-ins."""
        if table.columns[self.name].stand_in:
            return
        for start, x in self.blocks(table, rows):
            self._copy(table, rows[start:start + len(x)], x, np.empty(x.shape, dtype))

    def _copy(self, table: Table, rows: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            out[...] = x
        if np.isfinite(out).all():
            return
        row = int(np.argwhere(~np.isfinite(out))[0, 0])
        where = table.where(int(rows[row]), self.name)
        if np.isnan(x[row]).any():
            raise DataError(
                where,
                f"column {self.name!r} has missing values",
                TRAINED if table.trained else "`prepare: [impute, ...]` fills them; `drop` leaves the column out",
            )
        raise DataError(where, f"column {self.name!r} holds a value that is too large for {out.dtype} once it is "
                        "prepared")

    # as a checkpoint holds it

    @property
    def type(self) -> str:
        """The word for the type in a checkpoint."""
        return self.kind

    def state(self) -> dict:
        """As JSON values."""
        own = {key.name: getattr(self, key.name) for key in fields(self) if key.name not in ("name", "shape", "steps")}
        place = {key: own.pop(key) for key in PLACE}
        return {"name": self.name, "type": self.type, "shape": self.shape, **{key: getattr(self, key) for key in EVERY},
                **own, "steps": self.steps, **{key: value for key, value in place.items() if value is not None}}

    @classmethod
    def of(cls, state: dict) -> Self:
        """What `state` describes."""
        return cls(**{key.name: state[key.name] for key in fields(cls) if key.name in state})

    def verify(self, state: dict, path: str) -> None:
        """`forms.FormError` if parts of a state do not fit each other: it comes from a file. path: its place there."""
        if prod(self.shape) > LARGEST:
            refuse(f"{path}.shape", self.shape, f"at most {LARGEST:,} numbers")
        if state["divisor"] <= 0:
            refuse(f"{path}.divisor", state["divisor"], "a number above 0")
        if self.categories is None and state["categories"] is not None:
            refuse(f"{path}.categories", state["categories"], "null for numbers, and a list for texts")
        for i, step in enumerate(self.steps):
            verify(step, f"{path}.steps.{i}", np.zeros((1, *self.row)), target=False)
