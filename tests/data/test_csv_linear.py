"""Work on tables grows with their size and not with its square: operations are counted."""

import difflib
from types import SimpleNamespace

import numpy as np
import pytest

from dlcli.artifacts.drift import changes
from dlcli.config import parse
from dlcli.config.build import outline
from dlcli.config.text.tree import Node
from dlcli.data.columns import _column
from dlcli.data.columns._categories import Categories
from dlcli.data.dataset import Data
from dlcli.data.formats.csv import rows
from dlcli.data.formats.csv.header import Header, lost_row
from dlcli.data.load import describe, load
from dlcli.data.new_rows import prepare_new
from dlcli.data.settings import DataSettings
from dlcli.data.sources import csv as csv_source
from dlcli.data.table import Column
from dlcli.errors import ConfigErrors, DataError
from dlcli.terminal import columns
from dlcli.text import cut, meant_or_all, width
from tests.data.rig import csv


class Name(str):
    """A column's name that counts what it is compared with."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Name.compared += 1
        return str.__eq__(self, other)

    def strip(self):
        return self


def comparisons(folder, monkeypatch, columns: int) -> int:
    """Of a table that is described, loaded and read again for a trained run."""

    class Named(rows.CsvText):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.first = [Name(title) for title in self.first]

    names = [f"g{i}" for i in range(columns)]
    source = csv(
        folder,
        ",".join([*names, "y"]) + "\n" + "".join("1," * columns + f"{i % 2}\n" for i in range(6)),
        types=dict.fromkeys(names[::2], "numeric"),
        drop=names[1::4],
    )
    settings = DataSettings(source=source, prepare=[{"standardize": {"columns": names[::2]}}])
    monkeypatch.setattr(csv_source, "CsvText", Named)
    Name.compared = 0
    describe(settings, folder)
    prepare_new(folder / "a.csv", Data.of(load(settings, folder, 0).state()), labelled=True)
    return Name.compared


def test_columns(tmp_path, monkeypatch):
    few, many = comparisons(tmp_path, monkeypatch, 100), comparisons(tmp_path, monkeypatch, 400)
    assert 0 < few and many < 5 * few


@pytest.mark.parametrize("kind", ["ordinal", "one_hot", "embedded"])
def test_categories(tmp_path, monkeypatch, kind):
    """The ids of a column's texts are looked up once for all its blocks, however many texts there are."""
    made, ids_of_words = [], Categories.ids_of_words
    monkeypatch.setattr(Categories, "ids_of_words", lambda *arguments: made.append(1) or ids_of_words(*arguments))
    monkeypatch.setattr(_column, "BLOCK", 64)
    source = csv(tmp_path, "c,y\n" + "".join(f"w{i % 50},{i % 2}\n" for i in range(1000)), types={"c": kind})
    settings = DataSettings(source=source, prepare=["standardize"])
    describe(settings, tmp_path)
    (x,) = load(settings, tmp_path, 0).splits["train"].inputs.values()
    assert len(x) == 1000 and len(made) < 10


def test_a_text_that_is_cut_is_looked_at_as_far_as_it_is_shown(monkeypatch):
    looked = []
    monkeypatch.setattr("dlcli.text.east_asian_width", lambda c: looked.append(c) or "N")
    for text in ("\u00fc" * 100_000, "\u6f22" * 100_000):
        assert cut(text, 48) == text[:47] + "…" and cut(text, 48, end=True) == "…" + text[:47]
    shown = columns.categories({"categories": [f"s\u00fc\u00df {i} " * 100 for i in range(1000)]})
    assert shown.startswith("1000: s\u00fc\u00df 0 s\u00fc") and width(shown) == 48 and len(looked) < 300


def test_wrong_names(tmp_path, monkeypatch):
    """Likeness is measured for as many as are shown, and to few names; the config is copied once for all places."""
    asked, copied, close, copy = [], [], difflib.get_close_matches, Node.copy
    monkeypatch.setattr(difflib, "get_close_matches", lambda *arguments: asked.append(1) or close(*arguments))
    monkeypatch.setattr(Node, "copy", lambda self: copied.append(1) or copy(self))
    csv(tmp_path, "alpha,beta,y\n1,2,0\n3,4,1\n")
    wrong = ", ".join(f"alpah{i}" for i in range(300))
    text = (
        f"data: {{source: {{csv: {{file: a.csv, target: y, drop: [{wrong}]}}}}, "
        f"prepare: [standardize: {{columns: [{wrong}]}}]}}\n"
        "network: [linear: {units: 2}]\nloss: cross_entropy\noptimizer: adam\ntraining: {epochs: 1}\n"
    )
    config = parse(text.encode(), "a.yaml")
    copied.clear()
    with pytest.raises(ConfigErrors) as caught:
        outline(config, tmp_path)
    assert len(caught.value.problems) == 600 and len(asked) <= 200 and len(copied) < 1000
    assert "did you mean 'alpha'?" in caught.value.problems[0].hint
    asked.clear()
    names = [f"Gene {i}" for i in range(5000)]
    assert meant_or_all("gene_4711", names) == "did you mean 'Gene 4711'?" and meant_or_all("gnee", names).startswith(
        "there are: 'Gene 0'"
    )
    assert not asked


def test_errors_of_many_columns(tmp_path, monkeypatch):
    """The file is read again for the place that is told, and for no other."""
    asked, line = [], rows.CsvText._line
    monkeypatch.setattr(rows.CsvText, "_line", lambda self, row: asked.append(row) or line(self, row))
    names = ",".join(f"g{i}" for i in range(300))
    source = csv(tmp_path, f"{names},y\n" + "".join("1," * 300 + f"{i % 2}\n" for i in range(5)) + "NA," * 300 + "1\n")
    with pytest.raises(DataError, match="a.csv:7:1: .*'NA' in 'g1', .* and 291 more") as caught:
        load(DataSettings(source=source), tmp_path, 0)
    assert len(asked) == 1 and '`missing: ["", NA]`' in caught.value.hint


def test_rows_are_read_in_chunks_that_hold_equally_many_cells(tmp_path, monkeypatch):
    """Whatever the chunks, the cells are the same, and columns that are not used are not kept."""
    rng = np.random.default_rng(0)
    lines = [",".join([*(f"{v:.3f}" for v in rng.normal(size=5)), "note", str(i % 2)]) for i in range(50)]
    source = csv(tmp_path, "\n".join(["a,b,c,d,e,n,y", *lines]), drop=["n", "b"])
    found = []
    for chunk in (1, 7, 40, 1 << 19):
        monkeypatch.setattr(rows, "_CHUNK", chunk)
        found.append(load(DataSettings(source=source), tmp_path, 0).splits["train"].inputs["x"].tobytes())
    assert len(set(found)) == 1
    kept = rows.CsvText(
        (tmp_path / "a.csv").read_bytes(), "a.csv", load.__globals__["create"]("data.sources", source)
    )
    assert [len(cells) for cells in kept.columns([0, 6], 1)] == [50, 50]


def test_the_order_of_columns():
    """Of a run, against that of its checkpoint."""
    def compared(columns: int) -> int:
        was, now = ([{"name": Name(f"c{i}")} for i in range(columns)] for _ in range(2))
        Name.compared = 0
        assert len(changes(was, [now[1], now[0], *now[2:]])) == 1
        return Name.compared

    assert compared(400) < 4.5 * compared(100)


def test_a_first_row_that_is_passed_over():
    def compared(count: int) -> int:
        names = [Name(f"c{i}") for i in range(count)]
        text = SimpleNamespace(first=["0.5"] * count, name="a.csv")
        columns = dict.fromkeys(names, Column(np.zeros(3)))
        Name.compared = 0
        assert len(lost_row(text, Header(names, 1), SimpleNamespace(columns=names), columns)) == 1
        return Name.compared

    assert compared(400) < 4.5 * compared(100) + 100
