"""From the section `data` of a config to splits that a network can be trained and judged on."""

from pathlib import Path

import numpy as np

from dlcli.data.dataset import Data, Dataset
from dlcli.data.features import check_range, fit_columns
from dlcli.data.fields import lay_out, specs, write_fields
from dlcli.data.files import Files
from dlcli.data.settings import DataSettings
from dlcli.data.source import Source
from dlcli.data.split import ORDER, divide, shares_of
from dlcli.data.step import Step
from dlcli.data.table import Table
from dlcli.data.target import fit_target, names_of, positive_class, target_unscaler, target_values, task_of, unscale_target
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError

__all__ = ["SCHEMA_VERSION", "describe", "load", "make_dataset", "target_unscaler", "unscale_target"]

SCHEMA_VERSION = 1
"""Version of `Data.fitted`."""


def load(settings: DataSettings, base: Path, seed: int, dtype: str = "float32", known_files: list[dict] | None = None) -> Data:
    """All splits, prepared. Everything learned from data is learned from the training split alone.

    base: folder of the config. dtype: the network's float type. known_files: `Data.files` of an earlier run, whose places are
    looked at first and whose hashes must be the same. DataError or ConfigError for what does not fit.
    """
    source = create("data.sources", settings.source)
    if (declared := source.specs()) is not None:
        return declared
    files = Files(base, known_files)
    tables = source.load(files, seed)
    for table in tables.values():
        check_range(table, dtype)
    data, rows = _fit(settings, tables, seed)
    for name in ORDER:
        if name in rows:
            table = tables[name] if name != "train" and name in tables else tables["train"]
            data.splits[name] = make_dataset(table, rows[name], data.fitted, dtype)
    data.files = files.records
    return data


def describe(settings: DataSettings, base: Path, seed: int = 0, dtype: str = "float32") -> Data:
    """What `load` would say, without rows: specs, classes, `rows`. Of large arrays only the headers are read."""
    source: Source = create("data.sources", settings.source)
    if (declared := source.specs()) is not None:
        return declared
    files = Files(base)
    tables = source.scan(files, seed)
    for table in tables.values():
        check_range(table, dtype)
    data, _ = _fit(settings, tables, seed)
    data.files = files.records
    return data


def _fit(settings: DataSettings, tables: dict[str, Table], seed: int) -> tuple[Data, dict[str, np.ndarray]]:
    """Divide the rows, and learn from those for training."""
    train = tables["train"]
    steps: list[Step] = [create("data.prepare", step) for step in settings.prepare]
    task = task_of(train)
    rows = _divide(settings, tables, task, seed)
    chosen = rows["train"]
    fitted = {"schema_version": SCHEMA_VERSION}
    fitted["target"] = fit_target(train, chosen, task, [step for step in steps if step.target])
    fitted["columns"] = fit_columns(train, chosen, [step for step in steps if not step.target])
    fitted |= lay_out(fitted["columns"]) | {"order": train.order}
    shape = fitted["target"]["shape"]
    if task == "regression":
        labels, positive, target = None, None, Spec(shape)
        if settings.positive is not None:
            raise ConfigError("data.positive", "the task is regression, which has no classes")
    else:
        labels = fitted["target"]["labels"]
        counts = np.bincount(target_values(train, chosen, fitted["target"]).ravel(), minlength=len(labels)).tolist()
        target = Spec(shape, "int", len(labels), counts=tuple(counts))
        positive = positive_class(settings.positive, labels, counts)
    data = Data({}, specs(fitted["inputs"]), target, task, labels, positive, train.target_name, fitted)
    data.rows = {name: len(rows[name]) for name in ORDER if name in rows}
    return data, rows


def _divide(settings: DataSettings, tables: dict[str, Table], task: str, seed: int) -> dict[str, np.ndarray]:
    split, train = settings.split, tables["train"]
    single = task == "classification" and train.target.shape == ()
    if split.stratify and not single:
        raise ConfigError("data.split.stratify", "needs one class per row, and the target here is none", "take it out")
    stratify = single and split.shuffle if split.stratify is None else split.stratify
    classes = None
    if stratify:
        _, classes = names_of(train.target)
        classes = np.where(classes < 0, classes.max(initial=0) + 1, classes)
    given = {name: np.arange(len(table)) for name, table in tables.items() if name != "train"}
    return divide(shares_of(split, set(given)), len(train), classes, split.shuffle, seed) | given


def make_dataset(table: Table, rows: np.ndarray, fitted: dict, dtype: str, labelled: bool = True) -> Dataset:
    """Prepared rows of a table, by what a run has learned."""
    kind = np.int64 if fitted["target"]["task"] == "classification" else dtype
    if labelled:
        target = target_values(table, rows, fitted["target"]).astype(kind, copy=False)
    else:
        target = np.zeros((len(rows), *fitted["target"]["shape"]), kind)
    return Dataset(write_fields(table, rows, fitted, dtype), target, labelled=labelled)
