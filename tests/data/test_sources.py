"""What holds for every data source: a test per row of the table makes all checks."""

import inspect

import numpy as np
import pytest

from dlcli.data.files.find import Files
from dlcli.engine.component import Component
from dlcli.engine.registry import create, find, kinds
from tests.data.cases_sources import CASES
from tests.data.rig import loaded

ROWLESS = {"declared", "series", "text"}
"""Shapes without rows, and one long row (also test_series.py): tests/data/test_declared.py, tests/data/test_text.py."""


def test_every_source_has_a_row():
    missing = set(kinds("data.sources")) - {case.kind for case in CASES} - ROWLESS
    assert not missing, f"{', '.join(sorted(missing))} has no row"


def tables(case, folder, seed: int, look: bool = False) -> dict:
    source = create("data.sources", {case.kind: case.options})
    return getattr(source, "scan" if look else "load")(Files(folder), seed)


def shapes(found: dict) -> dict:
    return {split: {name: (column.shape, len(column.values)) for name, column in table.columns.items()}
            for split, table in found.items()}


def values(found: dict) -> list[bytes]:
    return [np.ascontiguousarray(np.asarray(column.values)).tobytes()
            for table in found.values() for column in (*table.columns.values(), table.target)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everything_holds(case, tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    if case.needs:
        pytest.importorskip(case.needs)
    case.files(tmp_path)
    found = tables(case, tmp_path, 1)
    assert "train" in found and set(found) <= {"train", "validation", "test"}
    assert sum(map(len, found.values())) == case.rows
    for table in found.values():
        assert all(len(column.values) == len(table) for column in (*table.columns.values(), table.target))
        assert table.where(0, None) and isinstance(table.target_hint, str)
    assert shapes(tables(case, tmp_path, 1, look=True)) == shapes(found), "what it scans is what it loads"
    assert values(tables(case, tmp_path, 1)) == values(found), "the same seed gives the same rows"
    assert (values(tables(case, tmp_path, 2)) != values(found)) == case.drawn, "only what is drawn hangs on the seed"
    cls = find("data.sources", case.kind)
    assert inspect.getdoc(cls) and inspect.getdoc(cls) != inspect.getdoc(Component)
    assert cls(**case.options).memory_hint()
    data = loaded({case.kind: case.options}, tmp_path, split={"train": 0.5, "test": 0.5} if len(found) == 1 else {})
    assert data.task == case.task and sum(data.rows.values()) == case.rows
