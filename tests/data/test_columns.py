"""The contract of column types, for each row of the table of cases."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dlcli.data.fitted import class_of, column_of
from dlcli.data.inputs import fit_columns, lay_out, type_of, write_fields
from dlcli.data.state import COLUMN
from dlcli.data.table import Table
from dlcli.engine.registry import create, kinds
from dlcli.errors import DataError
from dlcli.storage.forms import FormError, check
from tests.data.cases_columns import CASES, PLAIN, Case

RAGGED = {"tokens", "frames"}
"""Rows of their own length: test_ragged.py."""
TRAIN, ALL = np.arange(4), np.arange(6)
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


def learned(case: Case, column=None):
    """The column as it is learned from the first rows, its place given, and the table it is in."""
    table = Table({"c": case.column if column is None else column})
    (fitted,) = fit_columns(table, TRAIN, [create("data.prepare", step) for step in case.prepare])
    fields, _ = lay_out([fitted])
    return fitted, table, fields


def test_every_type_has_a_case():
    assert {case.kind for case in CASES} | RAGGED == set(kinds("data.columns"))


@each
def test_what_a_checkpoint_says(case):
    fitted, _, fields = learned(case)
    field = {"field": "x" if next(iter(fields.values())).dtype == "float" else "c"}
    stored = "numeric" if case.kind == "picture" else case.kind
    expected = {"name": "c", "type": stored, **PLAIN, **field, **case.record}
    state = json.loads(json.dumps(fitted.state(), allow_nan=False))
    assert state == expected and type(fitted) is type_of(case.column)
    assert [key for key in state if key in PLAIN] == list(PLAIN), "in the order of all checkpoints"
    check(COLUMN, state)
    assert class_of(state) is type(fitted) and column_of(state) == fitted
    fitted.verify(state, "c")


@each
def test_a_record_of_another_type_is_refused(case):
    fitted, _, _ = learned(case)
    state = fitted.state()
    other = state | {"type": "one_hot" if state["categories"] is None else "numeric"}
    with pytest.raises(FormError):
        column_of(other).verify(other, "c")


@each
def test_the_rows_that_the_network_reads(case):
    fitted, table, fields = learned(case)
    (x,) = write_fields(table, ALL, [fitted], fields, "float32").values()
    (spec,) = fields.values()
    assert x.shape == (6, *spec) and np.allclose(np.asarray(x), np.asarray(case.rows, x.dtype), atol=1e-6)
    if spec.dtype == "int":
        assert x.dtype == np.int64 and 0 <= x.min() and x.max() < spec.size
    poisoned = np.full(x.shape, -7, x.dtype)
    fitted.write(table, ALL, poisoned)
    assert np.allclose(poisoned, np.asarray(x)), "all of its field is written"
    fitted.check(table, ALL, "float32")
    assert fitted.at is None or len(fitted.features) == fitted.width + fitted.indicator


@each
def test_nothing_is_learned_of_other_rows(case):
    values = case.column.values.copy()
    values[4:] = values[:2]
    assert learned(case)[0].state() == learned(case, replace(case.column, values=values))[0].state()


@each
def test_texts_that_training_has_not(case):
    fitted, table, _ = learned(case)
    found = fitted.unknown(table.columns["c"], ALL)
    assert (None if found is None else np.flatnonzero(found).tolist()) == case.unknown


def test_a_missing_number_is_an_error_at_its_row():
    fitted, table, fields = learned(CASES[0], replace(CASES[0].column))       # the table's own stays as it is
    table.columns["c"].values = np.array([1.0, np.nan])
    for look in (lambda: write_fields(table, TRAIN[:2], [fitted], fields, "float32"),
                 lambda: fitted.check(table, TRAIN[:2], "float32")):
        with pytest.raises(DataError, match="row 2, column 'c': column 'c' has missing values"):
            look()
