"""Input fields of a network: which columns each one holds, and their arrays."""

import numpy as np

from dlcli.data.columns import categories
from dlcli.data.columns.features import stored_column, write_column
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.table import Table
from dlcli.engine.spec import Spec
from dlcli.errors import DataError

MATRIX = "numeric"
"""Field of all single numbers side by side, where there are other fields too; alone it is called x."""


def lay_out(records: list[dict]) -> dict:
    """Give each column's record its place: `field`, and within a matrix of single numbers `at` and `width`.

    Returns the fields' specs and the names of the matrix's features, as JSON values.
    """
    features, fields = [], {}
    for record in records:
        if record["type"] == "embedded":
            record["field"] = record["name"]
            fields[record["name"]] = {"shape": [], "dtype": "int", "size": len(record["categories"]) + 1}
        elif record["shape"]:
            record["field"] = record["name"]
            fields[record["name"]] = {"shape": record["shape"], "dtype": "float", "size": None}
        else:
            record["field"], record["at"] = MATRIX, len(features)
            features += _feature_names(record)
            record["width"] = len(features) - record["at"] - record["indicator"]
    if features and MATRIX in fields:
        raise DataError(
            f"column {MATRIX!r}", "has the name of the field that holds all columns of numbers", "give it another name"
        )
    if features:
        fields = {MATRIX: {"shape": [len(features)], "dtype": "float", "size": None}} | fields
    if len(fields) == 1:
        (name, spec), = fields.items()
        if spec["dtype"] == "float":
            fields = {"x": spec}
            for record in records:
                record["field"] = "x"
    return {"inputs": fields, "features": features}


def _feature_names(record: dict) -> list[str]:
    name = record["name"]
    if record["type"] != "one_hot":
        return [name] + [f"{name} is missing"] * record["indicator"]
    return [f"{name} is missing" if text is None else f"{name}={text}" for text in record["categories"]]


def specs(fields: dict) -> dict[str, Spec]:
    return {name: Spec(spec["shape"], spec["dtype"], spec["size"]) for name, spec in fields.items()}


def write_fields(
    table: Table, rows: np.ndarray, fitted: dict, dtype: str, raw: str | None = None
) -> dict[str, np.ndarray | LazyRows]:
    """The arrays of all fields for the given rows, C-contiguous, in their final types. Bytes and mapped files, where
    scaling is all that is done to them, stay as they are until they are read; so does the column `raw`."""
    inputs = {}
    for record in fitted["columns"]:
        if (stored := stored_column(table, record, rows, dtype, record["name"] == raw)) is not None:
            inputs[record["field"]] = stored
    inputs = {
        name: inputs[name]
        if name in inputs
        else np.empty((len(rows), *spec["shape"]), np.int64 if spec["dtype"] == "int" else dtype)
        for name, spec in fitted["inputs"].items()
    }
    for record in fitted["columns"]:
        out, column = inputs[record["field"]], table.columns[record["name"]]
        if isinstance(out, LazyRows):
            continue
        if record["type"] == "embedded":
            out[...] = categories.encode(column, rows, record["categories"], record["fill"])
        elif record["shape"]:
            write_column(table, record, rows, out)
        else:
            at, end = record["at"], record["at"] + record["width"]
            write_column(table, record, rows, out[:, at:end])
            if record["indicator"]:
                out[:, end] = np.isnan(column.values[rows])
    return inputs
