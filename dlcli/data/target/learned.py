"""The target: what task it makes, the classes learned on the training split, and the way back to the user's units."""

import re
from collections.abc import Callable

import numpy as np

from dlcli.data.number_text import exact_name, number_name
from dlcli.data.prepare._step import BadValue, Step
from dlcli.data.table import Column, Table, listed, short
from dlcli.engine.registry import find
from dlcli.errors import ConfigError, DataError

FEW = 20
"""At most so many different whole numbers are taken for classes, where their type could hold fractions."""
TABLE = 1 << 16
"""Whole numbers below this are looked up in a table."""
MANY = 1_000
"""At most so many, where their type is one of whole numbers."""
YES = re.compile(r"\+?1(\.0*)?|true|yes|positive|pos|\+", re.IGNORECASE)
"""Names of a class that say by themselves which of two is the positive one."""
PAIRS = {("y", "n"), ("t", "f")}
"""Single letters say it only beside their opposite."""
BLOCK = 1 << 20
"""Class ids counted at a time."""


def task_of(table: Table) -> str:
    """The task as declared; else classification where the target is text, of a whole-number type without very many
    values, or a few whole numbers."""
    if table.task != "auto":
        return table.task
    column = table.target
    if column.words is not None:
        return "classification"
    if column.values.dtype.kind in "iub":
        many = column.shape == () and len(np.unique(column.values)) > MANY
        return "regression" if many else "classification"
    return "classification" if column.shape == () and few_whole(column.values, len(table)) else "regression"


def few_whole(values: np.ndarray, rows: int) -> bool:
    """Whether numbers are so few different whole ones that they are taken for classes; NaN does not count."""
    found = np.unique(values[~np.isnan(values)])
    return len(found) <= min(FEW, rows / 2) and bool(np.all(np.isfinite(found) & (found == np.round(found))))


def names_of(column: Column, rows: np.ndarray | None = None) -> tuple[list[str], np.ndarray]:
    """Class names in order (texts sorted, numbers by size) and, for each row, the index of its name; -1 where
    missing."""
    values = column.values if rows is None else column.values[rows]
    if column.words is not None:
        used = np.unique(values)
        used = used[used >= 0]
        place = np.full(len(column.words) + 1, -1)
        names = sorted(column.words[code] for code in used)
        index = {name: i for i, name in enumerate(names)}
        place[used] = [index[column.words[code]] for code in used]
        return names, place[values]
    if values.dtype.kind in "iu" and values.size and values.min() >= 0 and values.max() < TABLE:
        # a table is many times faster than sorting with the way back, which counts for masks of pixels
        found = np.unique(values)
        place = np.zeros(int(found[-1]) + 1, np.int64)
        place[found] = np.arange(len(found))
        return [number_name(value) for value in found.tolist()], place[values]
    found, ids = np.unique(values, return_inverse=True)
    known = found == found
    named = found[known] if values.dtype.itemsize < 8 else found[known].tolist()    # float32 has the digits of its type
    places = np.where(known, np.arange(len(found)), -1)
    return [number_name(value) for value in named], places[ids.reshape(values.shape)]


def fit_target(table: Table, rows: np.ndarray, task: str, steps: list[Step], values_hint: str | None = None) -> dict:
    """What is learned about the target from the training rows, as JSON values. `mean` is in the target's own units.
    values_hint: what would make values of classes, for errors."""
    record = {"name": table.target_name, "task": task, "shape": list(table.target.shape), "steps": []}
    if task == "classification":
        if steps:
            raise ConfigError("data.prepare", f"`{steps[0].kind}` is for regression, and the target here is a class",
                              values_hint)
        if table.labels is not None:
            return record | {"labels": table.labels}
        names, ids = names_of(table.target, rows)
        _refuse_missing(table, rows, ids < 0)
        record["labels"] = names if table.classes is None else [str(i) for i in range(table.classes)]
        if table.classes is None and len(names) < 2:
            raise DataError(
                table.where(int(rows[0]), table.target_name),
                f"the training split has a single class, {listed(names)}",
                "two classes and more can be told apart",
            )
        return record
    if table.target.words is not None:
        raise DataError(
            table.where(0, table.target_name),
            f"the target is text, such as {listed(table.target.words, 1)}: no regression",
            "`task: classification`",
        )
    record["shape"] = record["shape"] or [1]
    record["mean"] = target_values(table, rows, record).mean(0).tolist()
    for step in steps:
        values = target_values(table, rows, record)
        try:
            record["steps"].append({"kind": step.kind, **step.fit(lambda values=values: iter([values.copy()]))})
        except BadValue as error:
            raise DataError(table.where(int(rows[error.row]), table.target_name), f"{step.kind}: {error}") from None
    return record


def ids_among(names: list[str], labels: list[str]) -> list[int]:
    """The id of each class name: of the label with its text, else of the one with its value (2.0 is 2); -1 for none."""
    known = {exact_name(label) or label: i for i, label in enumerate(labels)}
    known |= {label: i for i, label in enumerate(labels)}
    return [known.get(name, known.get(exact_name(name), -1)) for name in names]


def target_values(table: Table, rows: np.ndarray, record: dict) -> np.ndarray:
    """Class ids (rows, ...), or scaled values (rows, k) float64. DataError for what the training split does not
    know."""
    if record["task"] == "classification":
        if table.labels is not None and table.labels == record["labels"]:
            return table.target.values[rows]
        names, ids = names_of(table.target, rows)
        _refuse_missing(table, rows, ids < 0)
        known = ids_among(names, record["labels"])
        if -1 in known:
            strange = known.index(-1)
            row = int(np.argwhere(ids == strange)[0, 0])
            raise DataError(table.where(int(rows[row]), table.target_name),
                            f"the training split has no class {short(names[strange])}",
                            f"its classes are {listed(record['labels'])}")
        return np.array(known, np.int64)[ids]
    if table.target.words is not None:
        raise DataError(table.where(int(rows[0]), table.target_name), "the target is text, and the run learned numbers")
    values = table.target.values[rows].astype(np.float64).reshape(len(rows), *record["shape"])
    _refuse_missing(table, rows, ~np.isfinite(values))
    for state in record["steps"]:
        options = dict(state)
        try:
            find("data.prepare", options.pop("kind")).apply(values, **options)
        except BadValue as error:
            raise DataError(table.where(int(rows[error.row]), table.target_name), str(error)) from None
    return values


def _refuse_missing(table: Table, rows: np.ndarray, missing: np.ndarray) -> None:
    if missing.any():
        row, column = int(rows[np.argwhere(missing)[0, 0]]), table.target
        infinite = column.words is None and not np.isnan(column.values[row]).any()
        raise DataError(
            table.where(row, table.target_name),
            "the target is infinite" if infinite else "the target is missing",
            table.cure,
        )


def target_unscaler(fitted: dict) -> Callable[[np.ndarray], np.ndarray] | None:
    """The way from what the network predicts to the target's own units, for arrays (rows, k); None where they are the
    same."""
    steps = fitted["target"]["steps"] if fitted else []
    if not steps:
        return None

    def unscale(values: np.ndarray) -> np.ndarray:
        for state in reversed(steps):
            options = dict(state)
            values = find("data.prepare", options.pop("kind")).undo(values, **options)
        return values

    return unscale


def unscale_target(fitted: dict, values: np.ndarray) -> np.ndarray:
    """Predictions or targets (rows, k) in the target's own units."""
    unscale = target_unscaler(fitted)
    return values if unscale is None else unscale(values)


def positive_class(positive: object, labels: list[str], tables: dict[str, Table]) -> int | None:
    """Id of the class that binary metrics are about; None unless binary.

    It is the one named; else the one that says yes (1, true, positive, ...), if exactly one does; else the rarer in all
    rows of all tables, the later of equals. None of this depends on how rows are drawn into splits, so that runs which
    differ in their seed can be compared.
    """
    if positive is None:
        if len(labels) != 2:
            return None
        sure = [says_yes(label, labels[1 - i]) for i, label in enumerate(labels)]
        if sum(sure) == 1:
            return sure.index(True)
        first, second = _rows_of_each(labels, tables)
        return int(second <= first)
    names = [label.lower() for label in labels] if isinstance(positive, bool) else labels
    name = str(positive).lower() if isinstance(positive, bool) else str(positive)
    (found,) = ids_among([name], names)
    if found < 0:
        raise ConfigError("data.positive", f"there is no class {short(name)}", f"the classes are {listed(labels)}")
    return found if len(labels) == 2 else None


def says_yes(label: str, other: str) -> bool:
    """Whether the name of one of two classes says that it is the positive one."""
    label, other = label.strip().lower(), other.strip().lower()
    return bool(YES.fullmatch(label)) or (label, other) in PAIRS


def count(ids: np.ndarray, classes: int) -> list[int]:
    """How often each class id is there; -1, for a missing one, does not count."""
    flat, total = ids.ravel(), np.zeros(classes + 1, np.int64)
    for start in range(0, flat.size, BLOCK):
        total += np.bincount(flat[start:start + BLOCK].astype(np.int64) + 1, minlength=classes + 1)
    return total[1:].tolist()


def _rows_of_each(labels: list[str], tables: dict[str, Table]) -> list[int]:
    """Rows (pixels) of each class in all tables, also those that no split took."""
    total = [0] * len(labels)
    for table in tables.values():
        names, ids = (labels, table.target.values) if table.labels == labels else names_of(table.target)
        for i, rows in zip(ids_among(names, labels), count(ids, len(names))):
            if i >= 0:
                total[i] += rows
    return total
