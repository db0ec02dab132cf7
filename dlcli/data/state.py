"""What a checkpoint says of its run's data (`Data.state`). It comes from a file, so its form is looked at, and that its
parts fit each other."""

from math import prod

import numpy as np

from dlcli.data.columns.features import bound
from dlcli.data.inputs import lay_out
from dlcli.data.prepare._step import BadValue
from dlcli.engine.registry import find
from dlcli.errors import DataError
from dlcli.storage.forms import (
    Odd,
    anything,
    boolean,
    each,
    maybe,
    no,
    nothing,
    number,
    one_of,
    positive,
    record,
    refuse,
    table,
    text,
    whole,
)
from dlcli.storage.forms import check as check_form

LARGEST = 1 << 27
"""Numbers in one row."""

SPEC = {"shape": each(whole), "dtype": one_of("float", "int"), "size": maybe(positive)}
STEP = record(kind=text)
PICTURE = record(shape=each(positive, 3, 3), top=maybe(number), edge=maybe(number))
COLUMN = record(
    name=text, type=one_of("numeric", "one_hot", "ordinal", "embedded"), shape=each(positive), divisor=number,
    fill=maybe(text), picture=maybe(PICTURE), indicator=boolean, steps=each(STEP),
    categories=maybe(each(maybe(text), 1)), field=text)
TARGET = record({"labels": each(text, 2), "mean": each(anything)},
                name=maybe(text), task=text, shape=each(positive), steps=each(STEP))
FITTED = record(
    schema_version=positive, dtype=one_of("float32", "float64"), source=table(anything), columns=each(COLUMN, 1),
    inputs=table(record(**SPEC)), features=each(text), order=maybe(each(text)), target=TARGET)
STATE = record(
    inputs=table(record(counts=nothing, lengths=no, **SPEC)),
    target=record(counts=maybe(each(whole)), lengths=no, **SPEC), task=one_of("classification", "regression"),
    labels=maybe(each(text, 2)), positive=maybe(whole), target_name=maybe(text), fitted=FITTED)


def check(state) -> None:
    """Odd, with the path of the field, where a state is none that this program writes."""
    check_form(STATE, state)
    fitted = state["fitted"]
    _check_target(state, fitted["target"])
    names = [column["name"] for column in fitted["columns"]]
    if len(set(names)) < len(names):
        raise Odd("fitted.columns", "two columns have one name")
    for i, column in enumerate(fitted["columns"]):
        _check_column(column, f"fitted.columns.{i}")
    _check_layout(fitted)
    same("inputs", _without_counts(state["inputs"]), fitted["inputs"])


def same(path: str, value, expected) -> None:
    """Odd where a value is not what the rest of the state says it must be."""
    if value != expected:
        refuse(path, value, f"{str(expected)[:60]}, as the rest of the state has it")


def _without_counts(inputs: dict) -> dict:
    return {name: {key: spec[key] for key in SPEC} for name, spec in inputs.items()}


def _check_target(state: dict, fitted: dict) -> None:
    target, task = state["target"], state["task"]
    same("fitted.target.task", fitted["task"], task)
    same("fitted.target.shape", fitted["shape"], target["shape"])
    same("fitted.target.name", fitted["name"], state["target_name"])
    same("target.dtype", target["dtype"], "int" if task == "classification" else "float")
    if prod(target["shape"]) > LARGEST:
        refuse("target.shape", target["shape"], f"at most {LARGEST:,} numbers")
    for i, step in enumerate(fitted["steps"]):
        _try(step, f"fitted.target.steps.{i}", np.zeros((1, *fitted["shape"])), target=True)
    if task == "regression":
        for key, part in (("labels", state), ("positive", state), ("size", target), ("counts", target)):
            same(key, part[key], None)
        mean = _numbers(fitted.get("mean"), "fitted.target.mean")
        same("fitted.target.mean", list(mean.shape), fitted["shape"])
        return
    size = target["size"]
    same("target.size", size, len(state["labels"] or ()))
    same("fitted.target.labels", fitted.get("labels"), state["labels"])
    if len(set(state["labels"])) < size:
        raise Odd("labels", "a class is there twice")
    if target["counts"] is not None:
        same("target.counts", len(target["counts"]), size)
    if state["positive"] is not None and state["positive"] >= size:
        refuse("positive", state["positive"], f"a class below {size}")


def _check_column(column: dict, path: str) -> None:
    texts, shape = column["categories"], column["shape"]
    if prod(shape) > LARGEST:
        refuse(f"{path}.shape", shape, f"at most {LARGEST:,} numbers")
    if column["picture"] is not None:
        same(f"{path}.picture.shape", prod(column["picture"]["shape"]), prod(shape))
    if column["divisor"] <= 0:
        refuse(f"{path}.divisor", column["divisor"], "a number above 0")
    if (texts is None) != (column["type"] == "numeric"):
        refuse(f"{path}.categories", texts, "null for numbers, and a list for texts")
    if texts is not None:
        same(f"{path}.shape", shape, [])
        if len(set(texts)) < len(texts) or None in texts[:-1]:
            raise Odd(f"{path}.categories", "a text is there twice, or null before the end")
    if column["type"] == "embedded":
        same(f"{path}.steps", column["steps"], [])
    row = (len(texts),) if column["type"] == "one_hot" else tuple(shape)
    for i, step in enumerate(column["steps"]):
        _try(step, f"{path}.steps.{i}", np.zeros((1, *row)), target=False)


def _check_layout(fitted: dict) -> None:
    """Fields and places of the columns follow from the columns."""
    columns = [dict(column) for column in fitted["columns"]]
    try:
        expected = lay_out(columns)
    except DataError as error:
        raise Odd("fitted.columns", error.problem) from None
    for i, (column, mine) in enumerate(zip(columns, fitted["columns"], strict=True)):
        for key in ("field", "at", "width"):
            same(f"fitted.columns.{i}.{key}", mine.get(key), column.get(key))
    for key, value in expected.items():
        same(f"fitted.{key}", fitted[key], value)


def _try(state: dict, path: str, x: np.ndarray, target: bool) -> None:
    """Odd where a step cannot be done on a row, or makes no numbers of one."""
    try:
        cls = find("data.prepare", state["kind"])
    except KeyError:
        cls = None
    if cls is None or cls.target != target:
        refuse(f"{path}.kind", state["kind"], f"a step of preparation for {'the target' if target else 'columns'}")
    learned = {key: value for key, value in state.items() if key != "kind"}
    for key, value in learned.items():
        if not isinstance(value, bool):
            _numbers(value, f"{path}.{key}")
    try:
        with np.errstate(all="ignore"):
            bound(state)(x)
            good = np.isfinite(x).all() and (not target or cls.undo(x, **learned).shape == x.shape)
    except (TypeError, ValueError, IndexError, BadValue):
        good = False
    if not good:
        raise Odd(path, f"`{state['kind']}` has learned something else than it needs, or for rows of another shape")


def _numbers(value, path: str) -> np.ndarray:
    """A number, or lists of numbers in each other, as an array."""
    level = [value]
    while level and any(isinstance(item, list) for item in level):
        if not all(isinstance(item, list) for item in level):
            raise Odd(path, "lists and numbers are mixed")
        level = [item for outer in level for item in outer]
    for item in level:
        number(item, path)
    try:
        return np.array(value, np.float64)
    except ValueError:
        raise Odd(path, "its lists have different lengths") from None
