"""Learning from the training split what every row is prepared by, and preparing rows by it."""

import json
from collections.abc import Sequence

import numpy as np

from dlcli.data.augmented import Augmented, known_white, pictured
from dlcli.data.columns.features import check_column, fit_columns
from dlcli.data.dataset import Data, Dataset
from dlcli.data.inputs import lay_out, specs, write_fields
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.prepare._step import Step
from dlcli.data.remarks import remarks_on
from dlcli.data.settings import DataSettings
from dlcli.data.sources._source import Source
from dlcli.data.split import ORDER, Division
from dlcli.data.table import Table
from dlcli.data.target.hints import hints_for
from dlcli.data.target.learned import count, fit_target, names_of, positive_class, target_values, task_of
from dlcli.data.trace import Trace
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError

SCHEMA_VERSION = 1
"""Version of `Data.fitted`."""


def fit(settings: DataSettings, source: Source, tables: dict[str, Table], seed: int, dtype: str,
        remark: bool = False) -> tuple[Data, dict[str, np.ndarray]]:
    """Divide the rows, and learn from those for training. Returns the data without splits, and each split's row
    numbers. remark: whether to look for what is likely to mislead."""
    train = tables["train"]
    steps: list[Step] = [create("data.prepare", step) for step in settings.prepare]
    pictured([create("data.augment", change) for change in settings.augment], steps, train)
    task = task_of(train)
    division = _division(tables, task)
    rows = division.cut(settings.split, seed)
    chosen = rows["train"]
    fitted = {
        "schema_version": SCHEMA_VERSION,
        "dtype": dtype,
        "source": {source.kind: json.loads(json.dumps(vars(source)))},
    }
    hints = hints_for(train, task, source)
    fitted["target"] = fit_target(train, chosen, task, [step for step in steps if step.target], hints.get("values"))
    fitted["columns"] = fit_columns(train, chosen, steps)
    fitted |= lay_out(fitted["columns"]) | {"order": train.order}
    shape = fitted["target"]["shape"]
    if task == "regression":
        labels, positive, target = None, None, Spec(shape)
        if settings.positive is not None:
            raise ConfigError("data.positive", "the task is regression, which has no classes", hints.get("classes"))
    else:
        labels = fitted["target"]["labels"]
        counts = count(target_values(train, chosen, fitted["target"]), len(labels))
        target = Spec(shape, "int", len(labels), counts=tuple(counts))
        positive = positive_class(settings.positive, labels, tables)
    data = Data({}, specs(fitted["inputs"]), target, task, labels, positive, train.target_name, fitted, hints=hints)
    data.rows = {name: len(rows[name]) for name in ORDER if name in rows}
    whole = Trace(train, rows["train"])
    data.division, data.traces = division, {name: Trace(tables[name], rows[name]) if name in division.given
                                            else whole.of(rows[name]) for name in data.rows}
    targets = {name: target_values(tables.get(name, train), some, fitted["target"])     # and their errors
               for name, some in rows.items()}
    if task == "regression":
        data.target_range = min(t.min().item() for t in targets.values()), max(t.max().item() for t in targets.values())
    if remark:
        data.remarks = remarks_on(tables, rows, data, targets["train"])
        data.warnings = [warning for table in tables.values() for warning in table.warnings]
    return data, rows


def check_rows(tables: dict[str, Table], rows: dict[str, np.ndarray], fitted: dict) -> None:
    """The errors of `make_dataset` for every split, without its arrays; stand-ins for large arrays are passed over."""
    others = {name: some for name, some in rows.items() if name in tables and name != "train"}
    first = np.concatenate([some for name, some in rows.items() if name not in others])
    for name, some in [("train", first), *others.items()]:
        table = tables[name]
        for record in fitted["columns"]:
            if record["type"] != "embedded" and not table.columns[record["name"]].stand_in:
                check_column(table, record, some, fitted["dtype"])


def _division(tables: dict[str, Table], task: str) -> Division:
    train, classes = tables["train"], None
    if task == "classification" and train.target.shape == ():
        _, classes = names_of(train.target)
        classes = np.where(classes < 0, classes.max(initial=0) + 1, classes)
    return Division(len(train), classes, {name: len(table) for name, table in tables.items() if name != "train"})


def training_set(settings: DataSettings, table: Table, rows: np.ndarray, fitted: dict, seed: int) -> Dataset:
    """The training split with its augmentation."""
    changes = [create("data.augment", change) for change in settings.augment]
    name = pictured(changes, [], table)
    if name is None:
        return make_dataset(table, rows, fitted)
    record = next(record for record in fitted["columns"] if record["name"] == name)
    top = known_white(changes, record) / record["divisor"]
    dataset = make_dataset(table, rows, fitted, raw=name)
    dataset.augmented = Augmented(changes, record["field"], table.columns[name].picture, top, seed)
    return dataset


def held_in(shape: Sequence[int], classes: int) -> np.dtype | None:
    """The type in which the classes of pixels wait until a batch is read, since int64 takes eight times as much; None
    for other targets."""
    return np.min_scalar_type(classes) if classes and shape else None


def make_dataset(
    table: Table, rows: np.ndarray, fitted: dict, labelled: bool = True, raw: str | None = None
) -> Dataset:
    """Prepared rows of a table, by what a run has learned. raw: name of a column that is prepared as it is read."""
    dtype = fitted["dtype"]
    kind = np.int64 if fitted["target"]["task"] == "classification" else dtype
    if labelled:
        held = held_in(fitted["target"]["shape"], len(fitted["target"].get("labels", ()))) or kind
        target = target_values(table, rows, fitted["target"]).astype(held, copy=False)
        target = target if held == kind else LazyRows(target, np.arange(len(rows)), kind)
    else:
        target = np.zeros((len(rows), *fitted["target"]["shape"]), kind)
    return Dataset(write_fields(table, rows, fitted, dtype, raw), target, labelled=labelled)
