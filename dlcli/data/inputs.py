"""Input fields of a network: which columns each one holds, and their arrays."""

from collections.abc import Sequence

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.prepare._step import Step
from dlcli.data.ragged import Ragged
from dlcli.data.table import Column, Table
from dlcli.engine.registry import find
from dlcli.engine.spec import Spec
from dlcli.errors import SHOWN, ConfigError, ConfigErrors, DataError
from dlcli.text import meant_or_all

MATRIX = "numeric"
"""Field of all single numbers side by side, if there are other fields too; alone it is called x."""


def fit_columns(table: Table, rows: np.ndarray, steps: list[Step]) -> list[FittedColumn]:
    """Learn every column from the training rows. Steps for the target are passed over."""
    types = {name: type_of(column) for name, column in table.columns.items()}
    errors = unknown_columns(steps, list(types))
    errors += [
        error
        for place, step in enumerate(steps)
        for i, name in enumerate(step.columns or ())
        if name in types
        for error in _misfits(f"data.prepare.{place}.{step.kind}", step, i, name, types[name])
    ]
    if errors:
        raise ConfigErrors(errors)
    named = [(step, None if step.columns is None else set(step.columns)) for step in steps if not step.target]
    chosen = {name: [(step, names is not None) for step, names in named if names is None or name in names]
              for name in types}
    return [types[name].fit(table, name, rows, own) for name, own in chosen.items()]


def type_of(column: Column) -> type[FittedColumn]:
    return find("data.columns", column.kind)


def unknown_columns(steps: list[Step], names: Sequence[str]) -> list[ConfigError]:
    """An error for each name among the steps' `columns` that no column has."""
    there = set(names)
    absent = [(f"data.prepare.{place}.{step.kind}.columns.{i}", name)
              for place, step in enumerate(steps) for i, name in enumerate(step.columns or ()) if name not in there]
    return [ConfigError(where, f"there is no column {name!r}", meant_or_all(name, names) if i < SHOWN else None)
            for i, (where, name) in enumerate(absent)]


def _misfits(where: str, step: Step, i: int, name: str, cls: type[FittedColumn]) -> list[ConfigError]:
    """Why a step can do nothing with the i-th column that its `columns` name."""
    found = cls.misfit(step, name)
    return [] if found is None else [ConfigError(f"{where}.{found[0] or f'columns.{i}'}", *found[1:])]


def lay_out(columns: list[FittedColumn], window: int | None = None) -> tuple[dict[str, Spec], list[str]]:
    """Give each column its place: `field`, and within the field of single numbers `at` and `width`.

    window: steps of a row, if a row has all columns at each step. Returns the fields' specs and the names of the single
    numbers.
    """
    features, fields = [], {}
    for column in columns:
        if (spec := column.spec) is not None:
            column.field, column.at, column.width = column.name, None, None
            fields[column.name] = spec
        else:
            column.field, column.at = MATRIX, len(features)
            features += column.features
            column.width = len(features) - column.at - column.indicator
    if features and MATRIX in fields:
        raise DataError(
            f"column {MATRIX!r}", "has the name of the field that holds all columns of numbers", "give it another name"
        )
    if features:
        fields = {MATRIX: Spec((len(features),) if window is None else (window, len(features)))} | fields
    if len(fields) == 1:
        (spec,) = fields.values()
        if spec.dtype == "float" or spec:
            fields = {"x": spec}
            for column in columns:
                column.field = "x"
    return fields, features


def write_fields(table: Table, rows: np.ndarray, columns: list[FittedColumn], fields: dict[str, Spec], dtype: str,
                 raw: str | None = None) -> dict[str, np.ndarray | LazyRows | Ragged]:
    """The arrays of all fields for the given rows, C-contiguous, in their final types. Bytes and mapped files, if
    scaling is all that is done to them, stay as they are until they are read; so does the column `raw`."""
    lazy = {column.field: found for column in columns
            if (found := column.lazy(table, rows, dtype, column.name == raw)) is not None
            or (found := column.ragged(table, rows, dtype)) is not None}
    inputs = {
        name: lazy[name] if name in lazy else np.empty((len(rows), *spec), np.int64 if spec.dtype == "int" else dtype)
        for name, spec in fields.items()
    }
    for column in columns:
        if column.field not in lazy:
            column.write(table, rows, inputs[column.field])
    return inputs


def lengths_of(columns: list[FittedColumn], table: Table, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Steps of the rows in each field whose rows differ in length."""
    return {column.field: found for column in columns if (found := column.lengths(table, rows)) is not None}


def unseen_texts(table: Table, rows: np.ndarray, columns: list[FittedColumn]) -> dict[str, tuple[list[str], int]]:
    """Columns with texts that the training split did not have (a missing one is ""): the texts, and how many of the
    rows have them. Such a text counts as none of the known ones."""
    found = {}
    for fitted in columns:
        column = table.columns[fitted.name]
        unknown = fitted.unknown(column, rows)
        if unknown is not None and unknown.any():
            codes = np.unique(column.values[rows][unknown]).tolist()
            found[fitted.name] = [column.words[code] if code >= 0 else "" for code in codes], int(unknown.sum())
    return found
