"""CSV files that must load, and what they become."""

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.data.new_rows import prepare_new
from tests.data.rig import csv, loaded

PLAIN = "a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n"
X = [[1, 2], [3, 4], [5, 6], [7, 8]]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        PLAIN + "\n\n",
        PLAIN.replace("3,4", '"3","4"'),
        PLAIN.replace(",", " , "),
        "\ufeff" + PLAIN,
        PLAIN.replace("5,6", "+5.0,.6e1"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("3,4,1\n", "3,4,1\n\n"),
    ],
    ids=[
        "lf",
        "crlf",
        "no final newline",
        "blank lines at the end",
        "quoted",
        "spaces",
        "bom",
        "notations",
        "cr",
        "blank line within",
    ],
)
def test_the_same_rows(tmp_path, text):
    data = loaded(csv(tmp_path, text), tmp_path)
    assert data.splits["train"].inputs["x"].tolist() == X
    assert data.splits["train"].target.tolist() == [0, 1, 0, 1]
    assert data.fitted.features == ["a", "b"] and data.target_name == "y"


def test_without_header_columns_are_numbered(tmp_path):
    text = PLAIN.split("\n", 1)[1]
    data = loaded(csv(tmp_path, text, target=3), tmp_path)
    assert data.fitted.features == ["column1", "column2"] and data.target_name == "column3"
    assert data.splits["train"].inputs["x"].tolist() == X
    named = loaded(csv(tmp_path, text, columns=["u", "v", "y"]), tmp_path)
    assert named.fitted.features == ["u", "v"] and len(named.splits["train"]) == 4


def test_columns_rename_a_header(tmp_path):
    data = loaded(csv(tmp_path, PLAIN, columns=["u", "v", "w"], header=True, target="w"), tmp_path)
    assert data.fitted.features == ["u", "v"] and len(data.splits["train"]) == 4


def test_other_delimiters_encodings_and_packing(tmp_path):
    import gzip

    expected = loaded(csv(tmp_path, PLAIN), tmp_path).splits["train"].inputs["x"]
    for options, text in (
        ({"delimiter": ";"}, PLAIN.replace(",", ";").encode()),
        ({"delimiter": "\t"}, PLAIN.replace(",", "\t").encode()),
        ({"encoding": "utf-16"}, PLAIN.encode("utf-16")),
        ({}, gzip.compress(PLAIN.encode())),
    ):
        assert np.array_equal(loaded(csv(tmp_path, text, **options), tmp_path).splits["train"].inputs["x"], expected)


def test_text_becomes_sorted_one_hot_categories(tmp_path):
    data = loaded(csv(tmp_path, "a,c,y\n1,red,0\n2,blue,1\n3,,0\n4,red,1\n"), tmp_path)
    assert data.fitted.features == ["a", "c=blue", "c=red", "c is missing"]
    assert data.splits["train"].inputs["x"][:, 1:].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_ordinal_codes_count_from_one(tmp_path):
    source = csv(tmp_path, "a,c,y\n1,red,0\n2,blue,1\n3,green,0\n4,red,1\n", categories="ordinal")
    assert loaded(source, tmp_path).splits["train"].inputs["x"][:, 1].tolist() == [3, 1, 2, 3]


@pytest.mark.parametrize("cells, order", [
    (["1", "10", "2", "12", ""], ["1", "2", "10", "12", None]),
    (["0.5", "-3", "1e1", "007"], ["-3", "0.5", "007", "1e1"]),
    (["1", "10", "2", "10+"], ["1", "10", "10+", "2"])])
def test_ordinal_numbers_go_by_value(tmp_path, cells, order):
    """Other kinds keep the order of texts, and so does a run that has learned it."""
    text = "c,y\n" + "".join(f"{cell},{i % 2}\n" for i, cell in enumerate(cells))
    by_text = sorted(filter(None, order)) + [None] * (None in order)
    for kind, wanted in (("one_hot", by_text), ("embedded", by_text), ("ordinal", order)):
        data = loaded(csv(tmp_path, text, types={"c": kind}), tmp_path)
        assert data.fitted.columns[0].categories == wanted
    data.fitted.columns[0].categories = by_text
    x = prepare_new(tmp_path / "a.csv", Data.of(data.state())).inputs["x"]
    assert x[:, 0].tolist() == [by_text.index(cell or None) + 1 for cell in cells]


def test_embedded_categories_are_fields_of_their_own(tmp_path):
    text = "a,c,d,y\n1,red,u,0\n2,blue,v,1\n3,,u,0\n4,red,v,1\n"
    data = loaded(csv(tmp_path, text, categories="embedded", types={"d": "one_hot"}), tmp_path)
    assert {name: (tuple(s), s.dtype, s.size) for name, s in data.inputs.items()} == {
        "numeric": ((3,), "float", None),
        "c": ((), "int", 4),
    }
    train = data.splits["train"].inputs
    assert train["c"].tolist() == [2, 1, 3, 2] and train["c"].dtype == np.int64
    assert train["numeric"].tolist() == [[1, 1, 0], [2, 0, 1], [3, 1, 0], [4, 0, 1]]


def test_types_overrule_what_cells_suggest(tmp_path):
    text = "zip,y\n10115,0\n80331,1\n10115,1\n80331,0\n"
    assert loaded(csv(tmp_path, text), tmp_path).fitted.features == ["zip"]
    assert loaded(csv(tmp_path, text, types={"zip": "one_hot"}), tmp_path).fitted.features == [
        "zip=10115",
        "zip=80331",
    ]


def test_missing_cells_match_with_and_without_spaces(tmp_path):
    text = "a,b,y\n1,?,0\n2,  ,1\n3,,0\n4,7,1\n"
    data = loaded(csv(tmp_path, text, missing=["", "?", " "]), tmp_path, prepare=["impute"])
    assert data.splits["train"].inputs["x"][:, 1].tolist() == [7, 7, 7, 7]


def test_dropped_columns_may_hold_anything(tmp_path):
    text = 'id,note,a,y\nA1,"two\nlines",1,0\nA2,"x, y",2,1\nA3,' + "z" * 20_000 + ",3,0\nA4,,4,1\n"
    data = loaded(csv(tmp_path, text, drop=["id", "note"]), tmp_path)
    assert data.splits["train"].inputs["x"][:, 0].tolist() == [1, 2, 3, 4]


def test_a_hash_does_not_cut_a_line(tmp_path):
    data = loaded(csv(tmp_path, "a,c,y\n1,C#,0\n2,F#,1\n3,C#,1\n"), tmp_path)
    assert data.fitted.features == ["a", "c=C#", "c=F#"]


@pytest.mark.parametrize("cells, task, labels", [
    ("no yes no yes", "classification", ["no", "yes"]),
    ("10 9 10 9", "classification", ["9", "10"]),
    ("1.0 2 1 2.0", "classification", ["1", "2"]),
    ("0.5 1 0.5 1", "regression", None),
    ("1 2 3 4", "regression", None),
])
def test_the_target_decides_the_task(tmp_path, cells, task, labels):
    data = loaded(csv(tmp_path, "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells.split()))), tmp_path)
    assert data.task == task and data.labels == labels
    assert data.target == (() if labels else (1,)) and data.splits["train"].target.dtype == (
        np.int64 if labels else np.float32
    )


def test_a_declared_task_is_taken(tmp_path):
    assert loaded(csv(tmp_path, PLAIN, task="regression"), tmp_path).splits["train"].target.tolist() == [
        [0],
        [1],
        [0],
        [1],
    ]
    text = "a,y\n1,0.5\n2,1.5\n3,0.5\n"
    assert loaded(csv(tmp_path, text, task="classification"), tmp_path).labels == ["0.5", "1.5"]


def test_labels_are_renamed_before_anything_else(tmp_path):
    (tmp_path / "b.csv").write_text("a,y\n5, >50K.\n6, <=50K.\n")
    source = csv(tmp_path, "a,y\n1, <=50K\n2, >50K\n", file={"train": "a.csv", "test": "b.csv"},
                 labels={"<=50K.": "<=50K", ">50K.": ">50K"})
    data = loaded(source, tmp_path)
    assert data.labels == ["<=50K", ">50K"] and data.splits["test"].target.tolist() == [1, 0]


@pytest.mark.parametrize("positive, id", [("yes", 1), ("no", 0), (None, 1)])
def test_positive_class(tmp_path, positive, id):
    assert loaded(csv(tmp_path, "a,y\n1,no\n2,yes\n3,no\n"), tmp_path, positive=positive).positive == id


@pytest.mark.parametrize(
    "cells, positive, id", [("0 1 1", 0, 0), ("False True True", False, 0), ("false true", True, 1)]
)
def test_positive_as_yaml_reads_it(tmp_path, cells, positive, id):
    text = "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells.split() * 2))
    assert loaded(csv(tmp_path, text), tmp_path, positive=positive).positive == id


def test_further_files_are_read_by_the_names_of_the_first(tmp_path):
    (tmp_path / "b.csv").write_text("y,extra,b,a\n1,x,20,10\n")
    data = loaded(csv(tmp_path, PLAIN, file={"train": "a.csv", "test": "b.csv"}), tmp_path)
    assert data.splits["test"].inputs["x"].tolist() == [[10, 20]] and data.splits["test"].target.tolist() == [1]
