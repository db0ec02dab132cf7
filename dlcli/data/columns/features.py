"""Columns to input fields: what is learned about each column on the training rows, as JSON values, and its use on any
rows."""

from collections.abc import Callable, Iterator, Sequence
from math import prod

import numpy as np

from dlcli.data.columns import categories
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.pictures.brightness import look_of
from dlcli.data.prepare._step import BadValue, Step
from dlcli.data.table import Column, Table, nearest
from dlcli.engine.registry import find
from dlcli.errors import SHOWN, ConfigError, ConfigErrors, DataError

BLOCK = 1 << 17
"""Elements that are prepared at a time: they stay in cache, and whole columns never exist in float64."""

FAR = 1024
"""What is shifted further is prepared in float64: a float32 would keep less than 14 of its 24 bits."""

TRAINED = "the run was trained on rows without any such: mend this one, or take it out of the file"
"""The hint where a config can mend nothing any more."""


def fit_columns(table: Table, rows: np.ndarray, steps: list[Step]) -> list[dict]:
    """A record for each column. Steps for the target are passed over."""
    errors = unknown_columns(steps, list(table.columns))
    errors += [
        error
        for place, step in enumerate(steps)
        for i, name in enumerate(step.columns or ())
        if name in table.columns
        for error in _misfits(f"data.prepare.{place}.{step.kind}", step, i, name, table.columns[name])
    ]
    if errors:
        raise ConfigErrors(errors)
    named = [(step, None if step.columns is None else set(step.columns)) for step in steps if not step.target]
    chosen = {name: [(step, names is not None) for step, names in named if names is None or name in names]
              for name in table.columns}
    return [_fit(table, name, rows, own) for name, own in chosen.items()]


def unknown_columns(steps: list[Step], names: Sequence[str]) -> list[ConfigError]:
    """An error for each name among the steps' `columns` that no column has."""
    there = set(names)
    absent = [(f"data.prepare.{place}.{step.kind}.columns.{i}", name)
              for place, step in enumerate(steps) for i, name in enumerate(step.columns or ()) if name not in there]
    return [ConfigError(where, f"there is no column {name!r}", nearest(name, names) if i < SHOWN else None)
            for i, (where, name) in enumerate(absent)]


def _misfits(where: str, step: Step, i: int, name: str, column: Column) -> list[ConfigError]:
    """Why a step can do nothing with the i-th column that its `columns` name."""
    if column.words is not None and step.kind == "impute":
        if step.strategy not in ("most_frequent", "constant"):
            return [ConfigError(f"{where}.strategy", f"column {name!r} is text and has no {step.strategy}",
                                "`most_frequent` and `constant` fill texts")]
    elif column.words is not None and column.encoding == "embedded":
        return [ConfigError(f"{where}.columns.{i}", f"column {name!r} becomes ids for an embedding, no numbers")]
    return []


def _fit(table: Table, name: str, rows: np.ndarray, steps: list[tuple[Step, bool]]) -> dict:
    """steps: those for this column, each with whether it names the column; else it is for all columns of numbers."""
    column = table.columns[name]
    record = {"name": name, "type": "numeric" if column.words is None else column.encoding, "shape": list(column.shape),
              "divisor": column.divisor, "picture": look_of(column, rows),
              "fill": None, "categories": None, "indicator": False, "steps": []}
    if column.words is not None:
        fills = [step for step, named in steps if step.kind == "impute" and named]
        steps = [(step, named) for step, named in steps if step.kind != "impute"]
        for step in fills:
            record["fill"] = str(step.value) if step.strategy == "constant" else categories.most_frequent(column, rows)
        record["categories"] = categories.learn(column, rows, record["fill"])
        if not record["categories"]:
            raise DataError(name, "the column has no value in the training split")
    for step, named in steps:
        if named or record["type"] in ("numeric", "ordinal"):
            _fit_step(table, record, rows, step)
    return record


def _fit_step(table: Table, record: dict, rows: np.ndarray, step: Step) -> None:
    name = record["name"]
    if table.columns[name].stand_in:        # nothing to learn from, and nothing is prepared
        record["steps"].append({"kind": step.kind})
        return
    try:
        state = step.fit(lambda: (block for _, block in blocks(table, record, rows)))
    except ValueError as error:
        raise DataError(f"column {name!r}", str(error)) from None
    if step.kind == "impute" and step.indicators and not record["indicator"]:
        record["indicator"] = record["shape"] == [] and any(
            np.isnan(block).any() for _, block in blocks(table, record, rows)
        )
    record["steps"].append({"kind": step.kind, **state})


def blocks(table: Table, record: dict, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The column's prepared values, float64 (rows, ...), some rows at a time, each with the place of its first row."""
    column, name = table.columns[record["name"]], record["name"]
    chain = [bound(state) for state in record["steps"]]
    ids = None if record["type"] == "numeric" else categories.table_of(column, record["categories"], record["fill"])
    wide = len(record["categories"]) if record["type"] == "one_hot" else prod(record["shape"])
    size = max(1, BLOCK // max(1, wide))
    for start in range(0, len(rows), size):
        some = rows[start:start + size]
        x = _numbers(column, record, some, ids)
        try:
            for apply in chain:
                apply(x)
        except BadValue as error:
            raise DataError(
                table.where(int(some[error.row]), name),
                f"column {name!r}: {error}",
                TRAINED if table.trained else "name the columns that a step is for under its `columns`",
            ) from None
        yield start, x


def bound(state: dict) -> Callable[[np.ndarray], None]:
    """A step with what it has learned, ready to be applied."""
    options = {
        key: np.array(value) if isinstance(value, list) else value for key, value in state.items() if key != "kind"
    }
    apply = find("data.prepare", state["kind"]).apply
    return lambda x: apply(x, **options)


def _numbers(column: Column, record: dict, rows: np.ndarray, ids: np.ndarray | None) -> np.ndarray:
    """Values before any step, as a new float64 array. ids: of a column of texts, its `categories.table_of`."""
    if record["type"] == "numeric":
        x = column.values[rows].astype(np.float64)
        if record["divisor"] != 1:
            x /= record["divisor"]
        return x
    found = ids[column.values[rows]]
    if record["type"] == "one_hot":
        return categories.one_hot(found, len(record["categories"]))
    return found.astype(np.float64)


def stays(column: Column, record: dict, wanted: bool = False) -> bool:
    """Whether the column's values can stay as they are stored until a batch is read."""
    return (
        record["type"] == "numeric"
        and bool(record["shape"])
        and (wanted or column.mapped or column.values.dtype == np.uint8)
        and all(find("data.prepare", state["kind"]).affine for state in record["steps"])
    )


def stored_column(table: Table, record: dict, rows: np.ndarray, dtype: str, wanted: bool = False) -> LazyRows | None:
    """The column's rows as they are stored, if its steps only scale and shift, and it is made of bytes, a mapped file,
    or `wanted` so. The same numbers as those of `write_column`, but for a float's last digits."""
    column = table.columns[record["name"]]
    if not stays(column, record, wanted) or not column.values.flags.c_contiguous:
        return None
    if column.values.dtype.kind == "f":
        check_column(table, record, rows, dtype)
    steps = [bound(state) for state in record["steps"]]
    ends = np.zeros((2, *record["shape"]))
    ends[1] = 1
    for step in steps:
        step(ends)
    if not np.can_cast(column.values.dtype, dtype) or np.abs(ends[0]).max() > FAR:
        return LazyRows(column.values, rows, dtype, record["divisor"], steps=steps)
    scale, shift = (ends[1] - ends[0], ends[0]) if steps else (None, None)
    return LazyRows(column.values, rows, dtype, record["divisor"], scale, shift)


def write_column(table: Table, record: dict, rows: np.ndarray, out: np.ndarray) -> None:
    """Prepared values into out (rows, ...), in its float type; DataError for what is missing or too large."""
    for start, x in blocks(table, record, rows):
        part = out[start:start + len(x)]
        _copy(table, record, rows[start:start + len(x)], x.reshape(part.shape), part)


def check_column(table: Table, record: dict, rows: np.ndarray, dtype: str) -> None:
    """The errors of `write_column`, without its array."""
    for start, x in blocks(table, record, rows):
        _copy(table, record, rows[start:start + len(x)], x, np.empty(x.shape, dtype))


def _copy(table: Table, record: dict, rows: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
    name = record["name"]
    with np.errstate(over="ignore", invalid="ignore"):
        out[...] = x
    if np.isfinite(out).all():
        return
    row = int(np.argwhere(~np.isfinite(out))[0, 0])
    where = table.where(int(rows[row]), name)
    if np.isnan(x[row]).any():
        raise DataError(
            where,
            f"column {name!r} has missing values",
            TRAINED if table.trained else "`prepare: [impute, ...]` fills them; `drop` leaves the column out",
        )
    raise DataError(where, f"column {name!r} holds a value that is too large for {out.dtype} once it is prepared")


def check_range(table: Table, dtype: str) -> None:
    """DataError where a value is infinite or beyond the network's float type. Missing values pass."""
    limit = float(np.finfo(dtype).max)
    for name, column in table.columns.items():
        values = column.values
        if column.words is not None or values.dtype.kind != "f" or column.stand_in:
            continue
        size = max(1, BLOCK // max(1, values[0].size))
        for start in range(0, len(values), size):
            bad = np.abs(values[start:start + size]) > limit
            if bad.any():
                place = np.argwhere(bad)[0]
                place[0] += start
                raise DataError(
                    table.where(int(place[0]), name),
                    f"column {name!r} holds {values[tuple(place)]}, beyond the largest number of {dtype}, {limit:.3g}",
                )
