"""Learning from the training split what every row is prepared by, and preparing rows by it."""

from typing import NamedTuple

import numpy as np

from dlcli.data.augmented import Augmented, known_white, pictured
from dlcli.data.dataset import Data, Dataset
from dlcli.data.fitted import Fitted
from dlcli.data.inputs import fit_columns, lay_out, unseen_texts, write_fields
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.pitfalls import pitfalls_in
from dlcli.data.prepare._step import Step
from dlcli.data.ragged import Ragged
from dlcli.data.settings import DataSettings
from dlcli.data.sources._source import Source
from dlcli.data.split import ORDER, Division
from dlcli.data.table import Table
from dlcli.data.target._target import FittedTarget
from dlcli.data.target.hints import hints_for
from dlcli.data.target.learned import target_type, task_of
from dlcli.data.target.positive import positive_class
from dlcli.data.target.sequences import Sequences
from dlcli.data.trace import Trace
from dlcli.engine.registry import create
from dlcli.errors import ConfigError
from dlcli.storage.strict_json import as_read


class Found(NamedTuple):
    """What `fit` hands on. data: without splits. rows: row numbers of each split. targets: those of each split, as
    `FittedTarget.values` gives them."""

    data: Data
    rows: dict[str, np.ndarray]
    targets: dict[str, np.ndarray]


def fit(settings: DataSettings, source: Source, tables: dict[str, Table], seed: int, dtype: str,
        pitfalls: bool = False) -> Found:
    """Divide the rows, and learn from those for training. pitfalls: whether to look for what is likely to mislead."""
    train = tables["train"]
    steps: list[Step] = [create("data.prepare", step) for step in settings.prepare]
    pictured([create("data.augment", change) for change in settings.augment], steps, train)
    task = task_of(train)
    division = _division(tables, task)
    rows = division.cut(settings.split, seed)
    hints = hints_for(train, task, source)
    fitted, values = _learn(source, train, rows["train"], task, steps, dtype, hints)
    positive = _positive(settings.positive, tables, fitted.target, hints)
    target = fitted.target
    data = Data({}, fitted.inputs, target.spec(values), task, target.labels, positive, train.target_name, fitted,
                hints=hints)
    data.rows = {name: len(rows[name]) for name in ORDER if name in rows}
    data.division, data.traces = division, _traces(tables, rows)
    of = {name: tables.get(name, train) for name in data.rows}
    targets = {name: values if name == "train" else target.values(of[name], some) for name, some in rows.items()}
    if task == "regression":
        data.target_range = min(t.min().item() for t in targets.values()), max(t.max().item() for t in targets.values())
    data.unseen = {name: unseen_texts(of[name], rows[name], data.columns) for name in of if name != "train"}
    if pitfalls:
        data.pitfalls = pitfalls_in(tables, rows, data, values)
        data.warnings = [warning for table in tables.values() for warning in table.warnings]
    return Found(data, rows, targets)


def _learn(source: Source, train: Table, rows: np.ndarray, task: str, steps: list[Step], dtype: str,
           hints: dict[str, str]) -> tuple[Fitted, np.ndarray]:
    """What is learned from the training rows, and their targets."""
    own = [step for step in steps if step.target]
    target, values = target_type(train, task).fit(train, rows, own, hints.get("values"))
    columns = fit_columns(train, rows, steps)
    fields, features = lay_out(columns)
    options = as_read(vars(source), default=vars)
    return Fitted(dtype=dtype, source={source.kind: options}, target=target, columns=columns, inputs=fields,
                  features=features, order=train.order), values


def _positive(asked: object, tables: dict[str, Table], target: FittedTarget, hints: dict[str, str]) -> int | None:
    """Id of the positive class. asked: the class that the config names, or None."""
    if isinstance(target, Sequences) and asked is None:
        return None             # what is said of sequences is not about one class
    if target.labels is not None:
        return positive_class(asked, target.labels, tables)
    if asked is not None:
        raise ConfigError("data.positive", "the task is regression, which has no classes", hints.get("classes"))
    return None


def _division(tables: dict[str, Table], task: str) -> Division:
    train, classes = tables["train"], None
    if task == "classification" and train.target.shape == ():
        classes = train.target.classes[1].astype(np.int64)
        classes[classes < 0] = classes.max(initial=0) + 1
    given = {name: len(table) for name, table in tables.items() if name != "train"}
    return Division(len(train), classes, given, train.indivisible)


def _traces(tables: dict[str, Table], rows: dict[str, np.ndarray]) -> dict[str, Trace]:
    whole = Trace(tables["train"], rows["train"])
    return {name: Trace(tables[name], rows[name]) if name in tables and name != "train" else whole.of(rows[name])
            for name in ORDER if name in rows}


def check_rows(tables: dict[str, Table], rows: dict[str, np.ndarray], fitted: Fitted) -> None:
    """The errors of `make_dataset` for every split, without its arrays; stand-ins for large arrays are passed over."""
    others = {name: some for name, some in rows.items() if name in tables and name != "train"}
    first = np.concatenate([some for name, some in rows.items() if name not in others])
    for name, some in [("train", first), *others.items()]:
        for column in fitted.columns:
            column.check(tables[name], some, fitted.dtype)


def training_set(settings: DataSettings, table: Table, rows: np.ndarray, fitted: Fitted, seed: int,
                 values: np.ndarray) -> Dataset:
    """The training split with its augmentation. values: its targets."""
    changes = [create("data.augment", change) for change in settings.augment]
    name = pictured(changes, [], table)
    dataset = make_dataset(table, rows, fitted, values, raw=name)
    if name is not None:
        column = next(column for column in fitted.columns if column.name == name)
        top = known_white(changes, column) / column.divisor
        dataset.augmented = Augmented(changes, column.field, table.columns[name].picture, top, seed)
    return dataset


def make_dataset(table: Table, rows: np.ndarray, fitted: Fitted, values: np.ndarray | None,
                 raw: str | None = None) -> Dataset:
    """Prepared rows of a table, by what a run has learned. values: their targets; None if they have none. raw: name of
    a column that is prepared as it is read."""
    target = fitted.target
    kind = np.dtype(np.int64 if target.task == "classification" else fitted.dtype)
    if values is None and isinstance(target, Sequences):
        own = Ragged(np.zeros(0, kind), np.zeros(len(rows) + 1, np.int64), *target.shape)
    elif values is None:
        own = np.zeros((len(rows), *target.shape), kind)
    elif isinstance(values, Ragged):
        own = values
    elif target.held is not None:
        own = LazyRows(values, np.arange(len(rows)), kind)
    else:
        own = values.astype(kind, copy=False)
    inputs = write_fields(table, rows, fitted.columns, fitted.inputs, fitted.dtype, raw)
    lengths = {name: x.lengths for name, x in inputs.items() if isinstance(x, Ragged)}
    target_lengths = own.lengths if isinstance(own, Ragged) else None
    return Dataset(inputs, own, lengths, target_lengths, labelled=values is not None)
