"""From the section `data` of a config to splits that a network can be trained and evaluated on."""

from collections.abc import Callable
from functools import partial
from math import prod
from pathlib import Path

import numpy as np

from dlcli.data.buckets import fill_buckets
from dlcli.data.dataset import Data, Sequences
from dlcli.data.files.find import Files
from dlcli.data.fit import check_rows, fit, make_dataset, training_set
from dlcli.data.inputs import lengths_of, unknown_columns
from dlcli.data.ragged import Ragged
from dlcli.data.settings import DataSettings
from dlcli.data.sources._source import Source
from dlcli.data.table import Table, check_range, count_missing
from dlcli.data.target.classes import held_in
from dlcli.data.told_tokens import tell
from dlcli.engine.registry import create
from dlcli.errors import ConfigErrors


def load(
    settings: DataSettings, base: Path, seed: int, dtype: str = "float32", known_files: list[dict] | None = None
) -> Data:
    """All splits, prepared. Everything learned from data is learned from the training split alone.

    base: folder of the config. dtype: the network's float type. known_files: `Data.files` of an earlier run, whose
    places are looked at first and whose hashes must be the same. DataError or ConfigError for what does not fit.
    """
    source: Source = create("data.sources", settings.source)
    if (declared := source.specs()) is not None:
        return declared
    files = Files(base, known_files, source.memory_hint())
    if (running := source.running(settings, files, seed, dtype)) is not None:
        return running
    tables = _tables(source.load, files, seed, settings)
    for table in tables.values():
        check_range(table, dtype)
    pitfalls = known_files is None       # of an earlier run they were made then
    data, rows, targets = fit(settings, source, tables, seed, dtype, pitfalls)
    data.sequences = _sequences(data, tables, rows, targets)
    for name in data.rows:
        table, values = tables.get(name, tables["train"]), targets.pop(name)
        data.splits[name] = (training_set(settings, table, rows[name], data.fitted, seed, values) if name == "train"
                             else make_dataset(table, rows[name], data.fitted, values))
        if known_files is None:     # of an earlier run it was said then
            tell(name, data.columns, data.splits[name].inputs)
    fill_buckets(data, settings, {name: {**split.lengths, None: split.target_lengths}
                                  for name, split in data.splits.items()})
    for trace in data.traces.values():
        trace.settle()
    data.files, (data.bytes, data.mapped) = files.records, _bytes(data, tables, dtype)
    return data


def describe(settings: DataSettings, base: Path, seed: int = 0, dtype: str = "float32") -> Data:
    """The data as `load` finds them, but without `splits`: shapes, classes, how many rows each split has, and what a
    look at them tells (missing values, pitfalls). The errors are those of `load`.

    Tables and targets are read as they are there; of large arrays only the headers, so that they take no memory.
    """
    source: Source = create("data.sources", settings.source)
    if (declared := source.specs()) is not None:
        return declared
    files = Files(base, None, source.memory_hint())
    if (running := source.running(settings, files, seed, dtype)) is not None:
        running.splits = {}
        return running
    tables = _tables(source.scan, files, seed, settings)
    for table in tables.values():
        check_range(table, dtype)
    data, rows, targets = fit(settings, source, tables, seed, dtype, pitfalls=True)
    data.sequences = _sequences(data, tables, rows, targets)
    check_rows(tables, rows, data.fitted)
    fill_buckets(data, settings, {name: {**lengths_of(data.columns, tables.get(name, tables["train"]), rows[name]),
                                         None: getattr(targets[name], "lengths", None)} for name in data.rows})
    data.files, (data.bytes, data.mapped) = files.records, _bytes(data, tables, dtype)
    missing = {
        name: sum(count_missing(table.columns[name]) for table in tables.values()) for name in tables["train"].columns
    }
    data.missing = {name: count for name, count in missing.items() if count}
    data.about = [table.about for table in tables.values() if table.about]
    return data


def _sequences(data: Data, tables: dict[str, Table], rows: dict[str, np.ndarray], targets: dict) -> dict:
    """`Data.sequences`, if each row's target is a sequence of classes."""
    if data.task != "classification" or len(data.target) != 1:
        return {}
    found = {}
    for name in data.rows:
        table = tables.get(name, tables["train"])
        lengths = lengths_of(data.columns, table, rows[name])
        found[name] = Sequences(targets[name], lengths, partial(_place, table, rows[name], data.target_name))
    return found


def _place(table: Table, rows: np.ndarray, title: str | None, row: int) -> str:
    return table.where(int(rows[row]), title)


def _bytes(data: Data, tables: dict[str, Table], dtype: str) -> tuple[int, int]:
    """(memory for all splits, bytes that stay in their files), as `Data` has them.

    A column that stays as it is stored takes the memory of its whole table, and none if its file is mapped. All other
    inputs take the rows of the splits, in the network's types; so does the target.
    """
    rows, stored, mapped, fields = sum(data.rows.values()), 0, 0, dict(data.inputs)
    for fitted in data.columns:
        columns = [table.columns[fitted.name] for table in tables.values()]
        if isinstance(columns[0].values, Ragged):
            fields.pop(fitted.field)
            stored += sum(column.values.values.size * np.dtype(dtype).itemsize for column in columns)
            continue
        if fitted.stays(columns[0]):
            fields.pop(fitted.field)
            for column in columns:
                size = column.values.size * column.values.itemsize
                stored, mapped = (stored, mapped + size) if column.mapped else (stored + size, mapped)
    sizes = [prod(spec) * (np.dtype(dtype).itemsize if spec.dtype == "float" else 8) for spec in fields.values()]
    held = held_in(data.target, data.target.size or 0) or np.dtype(np.int64)
    return stored + rows * (sum(sizes) + held.itemsize * prod(data.target)), mapped


def _tables(read: Callable, files: Files, seed: int, settings: DataSettings) -> dict[str, Table]:
    """The source's tables. If its options name columns in vain, those that `prepare` names in vain are said with
    them."""
    try:
        return read(files, seed)
    except ConfigErrors as found:
        if found.columns is None:
            raise
        steps = [create("data.prepare", step) for step in settings.prepare]
        raise ConfigErrors(found.problems + unknown_columns(steps, found.columns)) from None
