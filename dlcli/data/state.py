"""What a checkpoint says of its run's data (`Data.state`). It comes from a file, so its form is looked at, and that its
parts fit each other."""

from math import prod

import numpy as np

from dlcli.data.columns._column import LARGEST, FittedColumn
from dlcli.data.fitted import class_of, specs_state
from dlcli.data.inputs import lay_out
from dlcli.data.prepare import _learned
from dlcli.engine.registry import kinds
from dlcli.errors import DataError
from dlcli.storage.forms import (
    FormError,
    anything,
    boolean,
    each,
    maybe,
    nothing,
    number,
    one_of,
    positive,
    record,
    refuse,
    same,
    table,
    text,
    whole,
)
from dlcli.storage.forms import check as check_form

SPEC = {"shape": each(whole), "dtype": one_of("float", "int"), "size": maybe(positive)}
STEP = record(kind=text)
PICTURE = record(shape=each(positive, 3, 3), top=maybe(number), edge=maybe(number))
TYPES = [kind for kind in kinds("data.columns") if kind != "picture"]
"""Words for types of columns; a picture is "numeric"."""
COLUMN = record(
    name=text, type=one_of(*TYPES), shape=each(positive), divisor=number, fill=maybe(text), picture=maybe(PICTURE),
    indicator=boolean, steps=each(STEP), categories=maybe(each(maybe(text), 1)), field=text)
SERIES = {"names": each(text, 1), "season": positive, "unit": maybe(one_of("month", "second", "number")),
          "step": maybe(positive), "rest": number}
"""What a target has beside the rest if it is a forecast."""
TARGET = record({"labels": each(text, 2), "mean": each(anything), "follows": boolean, "horizon": positive,
                 "sequences": boolean},
                name=maybe(text), task=text, shape=each(positive), steps=each(STEP))
FITTED = record(
    {"window": positive},
    schema_version=positive, dtype=one_of("float32", "float64"), source=table(anything), columns=each(COLUMN, 1),
    inputs=table(record({"lengths": boolean}, **SPEC)), features=each(text), order=maybe(each(text)), target=TARGET)
STATE = record(
    {"buckets": each(record(inputs=table(positive), target=maybe(positive)), 1)},
    inputs=table(record(counts=nothing, lengths=boolean, **SPEC)),
    target=record({"scale": each(number)}, counts=maybe(each(whole)), lengths=boolean, **SPEC),
    task=one_of("classification", "regression"),
    labels=maybe(each(text, 2)), positive=maybe(whole), target_name=maybe(text), fitted=FITTED)


def check(state) -> None:
    """FormError, with the path of the field, if a state is none that this program writes."""
    check_form(STATE, state)
    fitted = state["fitted"]
    _check_target(state, fitted["target"])
    names = [column["name"] for column in fitted["columns"]]
    if len(set(names)) < len(names):
        raise FormError("fitted.columns", "two columns have one name")
    _check_layout(fitted, [_column(column, f"fitted.columns.{i}") for i, column in enumerate(fitted["columns"])])
    _check_buckets(state)
    same("inputs", _without_counts(state["inputs"]), fitted["inputs"])


def _without_counts(inputs: dict) -> dict:
    return {name: {key: spec[key] for key in SPEC} | ({"lengths": True} if spec["lengths"] else {})
            for name, spec in inputs.items()}


def _check_target(state: dict, fitted: dict) -> None:
    target, task = state["target"], state["task"]
    same("fitted.target.task", fitted["task"], task)
    same("fitted.target.shape", fitted["shape"], target["shape"])
    same("fitted.target.name", fitted["name"], state["target_name"])
    same("target.dtype", target["dtype"], "int" if task == "classification" else "float")
    if prod(target["shape"]) > LARGEST:
        refuse("target.shape", target["shape"], f"at most {LARGEST:,} numbers")
    for i, step in enumerate(fitted["steps"]):
        _learned.verify(step, f"fitted.target.steps.{i}", np.zeros((1, *fitted["shape"])), target=True)
    if task == "regression":
        for key, part in (("labels", state), ("positive", state), ("size", target), ("counts", target)):
            same(key, part[key], None)
        mean = _learned.numbers(fitted.get("mean"), "fitted.target.mean")
        same("fitted.target.mean", list(mean.shape), fitted["shape"])
        _check_forecast(state, fitted)
        return
    size = target["size"]
    same("target.size", size, len(state["labels"] or ()))
    same("fitted.target.labels", fitted.get("labels"), state["labels"])
    if len(set(state["labels"])) < size:
        raise FormError("labels", "a class is there twice")
    if target["counts"] is not None:
        same("target.counts", len(target["counts"]), size)
    if state["positive"] is not None and state["positive"] >= size:
        refuse("positive", state["positive"], f"a class below {size}")


def _check_forecast(state: dict, fitted: dict) -> None:
    """Window and horizon go together, and both fit the shapes."""
    (source, options), = state["fitted"]["source"].items()
    same("fitted.window", state["fitted"].get("window"), options.get("window") if source == "series" else None)
    same("fitted.target.horizon", fitted.get("horizon"), options.get("horizon") if source == "series" else None)
    if "horizon" not in fitted:
        return
    record(**SERIES)(fitted, "fitted.target")
    same("fitted.target.shape", fitted["shape"], [fitted["horizon"] * len(fitted["names"])])
    if "scale" in state["target"]:
        same("target.scale", len(state["target"]["scale"]), fitted["shape"][0])


def _check_buckets(state: dict) -> None:
    """Buckets ascend, and are of the padded fields."""
    padded = {name: spec["shape"][0] for name, spec in state["inputs"].items() if spec["lengths"]}
    before = dict.fromkeys(padded, 0)
    for i, bucket in enumerate(state.get("buckets", ())):
        path = f"buckets.{i}.inputs"
        same(path, sorted(bucket["inputs"]), sorted(padded))
        if any(not before[name] <= steps <= padded[name] for name, steps in bucket["inputs"].items()):
            refuse(path, list(bucket["inputs"].values()), "steps that ascend to those of the longest rows")
        before = bucket["inputs"]


def _column(state: dict, path: str) -> FittedColumn:
    cls = class_of(state)
    record(**cls.form)(state, path)
    column = cls.of(state)
    column.verify(state, path)
    return column


def _check_layout(fitted: dict, columns: list[FittedColumn]) -> None:
    """Fields and places of the columns follow from the columns."""
    try:
        inputs, features = lay_out(columns, fitted.get("window"))
    except DataError as error:
        raise FormError("fitted.columns", error.problem) from None
    for i, (column, mine) in enumerate(zip(columns, fitted["columns"], strict=True)):
        for key in ("field", "at", "width"):
            same(f"fitted.columns.{i}.{key}", mine.get(key), getattr(column, key))
    same("fitted.inputs", fitted["inputs"], specs_state(inputs))
    same("fitted.features", fitted["features"], features)
