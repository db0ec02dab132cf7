"""Rows are known again by what they hold, and by nothing else."""

import numpy as np
import pytest

from dlcli.data import trace
from dlcli.data.table import Column, Table
from dlcli.data.trace import Trace, row_hashes


def table(values, target=None, **columns) -> Table:
    return Table(
        {"x": Column(np.asarray(values)), **{name: Column(np.asarray(x)) for name, x in columns.items()}},
        None if target is None else target if isinstance(target, Column) else Column(np.asarray(target)),
    )


def of(found: Table) -> list[int]:
    return row_hashes(found, np.arange(len(found))).tolist()


X = np.arange(24.0).reshape(6, 4)
TEXT = Column(np.array([0, 1, -1, 0, 1, 0]), ["no", "yes"])


@pytest.mark.parametrize(
    "a, b",
    [
        (table(X, [0, 1] * 3), table(X.astype(np.float32), np.array([0.0, 1.0] * 3))),
        (table(X), table(X.astype(int).reshape(6, 2, 2))),
        (table(X[:, 0], a=X[:, 1]), Table({"a": Column(X[:, 1]), "x": Column(X[:, 0])})),
        (table([[0.0, np.nan]]), table([[-0.0, -np.nan]])),
        (table(X, TEXT), table(X, Column(np.array([1, 0, -1, 1, 0, 1]), ["yes", "no"]))),
        (Table({"one": Column(X)}), Table({"other": Column(X)})),
        (
            Table({"x": Column(X)}, Column(TEXT.values.clip(0)), labels=["no", "yes"]),
            table(X, Column(TEXT.values.clip(0), ["no", "yes"])),
        ),
    ],
    ids=[
        "types",
        "shape",
        "order of columns",
        "zeros and gaps",
        "numbers of words",
        "name of an only column",
        "classes by id and by name",
    ],
)
def test_the_same_rows_have_the_same_hashes(a, b):
    assert of(a) == of(b)


@pytest.mark.parametrize(
    "other",
    [
        table(-X, [0, 1] * 3),
        table(X[:, ::-1], [0, 1] * 3),
        table(X + 1e-12, [0, 1] * 3),
        table(X, [1, 0] * 3),
        table(X),
        table(X, TEXT),
        table(np.where(X < 12, X, -X), [0, 1] * 3),
        table(X[:, :2], [0, 1] * 3, a=X[:, 2], b=X[:, 3]),
    ],
)
def test_other_rows_have_others(other):
    mine = of(table(X, [0, 1] * 3))
    assert len(set(mine)) == 6 and (
        len(set(mine) & set(of(other))) == 0 or (of(other)[:3] == mine[:3] and not set(mine) & set(of(other)[3:]))
    )


def test_pictures_of_bytes_by_all_their_pixels():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.integers(0, 256, (1, 5, 7, 3), np.uint8), 106, axis=0)
    for i in range(105):
        x[i].reshape(-1)[i] ^= 128
    assert len(set(of(table(x)))) == 106


def test_rows_are_looked_at_in_any_order_and_number(monkeypatch):
    monkeypatch.setattr("dlcli.data.trace.BLOCK", 8)
    rows = np.array([4, 1, 5])
    assert row_hashes(table(X, TEXT), rows).tolist() == [of(table(X, TEXT))[i] for i in rows]
    assert row_hashes(table(np.broadcast_to(np.zeros(()), (6, 4))), rows) is None, "nobody has read them"
    monkeypatch.setattr("dlcli.data.trace.LARGEST", 10)
    assert row_hashes(table(X), rows) is None


def test_rows_without_a_file_are_called_by_what_they_hold():
    a, b, c = (Trace(table(x), np.arange(3)).settle() for x in (X, X.copy(), X + 1))
    assert a.origin == b.origin != c.origin and a.total == 6 and len(a.hashes) == 3
    named = Trace(Table({"x": Column(X)}, origin=lambda: "abc"), np.arange(2)).settle()
    assert named.origin == "abc"


def test_columns_are_hashed_one_by_one_or_many_at_a_time(monkeypatch):
    rng = np.random.default_rng(0)
    kinds = (np.float64, np.float32, np.int64, np.uint8, bool)
    many = table(X, [0, 1] * 3, **{f"c{i}": rng.integers(0, 9, 6).astype(kinds[i % 5]) for i in range(40)})
    many.columns["t"] = TEXT
    found = []
    for block in (1, 12, 40, trace.BLOCK):
        monkeypatch.setattr(trace, "BLOCK", block)
        found.append(of(many))
    assert found.count(found[0]) == 4
