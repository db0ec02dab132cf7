"""Classes of CSV files, and of arrays, keep the names that they have in the file; `labels` renames what it says."""

import json

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.data.new_rows import prepare_new
from dlcli.errors import ConfigError, DataError
from tests.data.rig import csv, loaded

ID = "123456789012345678"


def target(cells: str) -> str:
    return "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells.split()))


@pytest.mark.parametrize(
    "cells, task, labels, ids",
    [
        ("0 1.0 0.0 1 +1 1e0", "auto", ["0", "1"], [0, 1, 0, 1, 1, 1]),
        ("10 9.0 10 9", "auto", ["9", "10"], [1, 0, 1, 0]),
        ("007 008 007 008", "auto", ["007", "008"], [0, 1, 0, 1]),
        ("007 7 007 7", "auto", ["007", "7"], [0, 1, 0, 1]),
        (f"{ID} {ID[:-1]}9 {ID} {ID[:-1]}9", "auto", [ID, ID[:-1] + "9"], [0, 1, 0, 1]),
        (f"{ID}90 {ID}91 {ID}90 {ID}91", "auto", [ID + "90", ID + "91"], [0, 1, 0, 1]),
        (f"{ID} 5 {ID} 5.0 5", "classification", [ID, "5", "5.0"], [0, 1, 0, 2, 1]),
        ("0.5 1.5 0.5", "classification", ["0.5", "1.5"], [0, 1, 0]),
        ("1.1 1.10 1.1", "classification", ["1.1", "1.10"], [0, 1, 0]),
        (
            "9007199254740993 9007199254740992 9007199254740993",
            "classification",
            ["9007199254740992", "9007199254740993"],
            [1, 0, 1],
        ),
        ("1 1.0 u 1", "classification", ["1", "1.0", "u"], [0, 1, 2, 0]),
        ("1e99999 2 1e99999", "classification", ["1e99999", "2"], [0, 1, 0]),
    ],
    ids=[
        "equal numbers",
        "by size",
        "codes",
        "a code and a number",
        "18 digits",
        "20 digits",
        "one of many digits",
        "fractions",
        "versions",
        "beyond 2^53",
        "among texts",
        "beyond float64",
    ],
)
def test_class_names_are_those_of_the_file(tmp_path, cells, task, labels, ids):
    data = loaded(csv(tmp_path, target(cells), task=task), tmp_path)
    assert data.labels == labels and data.splits["train"].target.tolist() == ids
    again = Data.of(json.loads(json.dumps(data.state())))
    assert prepare_new(tmp_path / "a.csv", again, labelled=True).target.tolist() == ids
    two = loaded(csv(tmp_path, target(cells), task=task, file={"train": "a.csv", "test": "a.csv"}), tmp_path)
    assert two.splits["test"].target.tolist() == ids


def test_new_files_may_write_a_number_otherwise_and_no_code(tmp_path):
    known = Data.of(loaded(csv(tmp_path, target("1 2 1 2")), tmp_path).state())
    (tmp_path / "n.csv").write_text("a,y\n0,1.0\n0,+2\n")
    assert prepare_new(tmp_path / "n.csv", known, labelled=True).target.tolist() == [0, 1]
    for cells, new in (("1 2 1 2", "01"), ("007 008 007 008", "7"), (f"{ID} 5 {ID} 5", ID[:-1] + "9")):
        known = Data.of(loaded(csv(tmp_path, target(cells)), tmp_path).state())
        (tmp_path / "n.csv").write_text(f"a,y\n0,{new}\n")
        with pytest.raises(DataError, match=f"n.csv:2:2: the training split has no class '{new}'"):
            prepare_new(tmp_path / "n.csv", known, labelled=True)


@pytest.mark.parametrize(
    "cells, labels, names, ids",
    [
        ("0.0 1.0 0.0 1.0", {"0": "died", "1": "survived"}, ["died", "survived"], [0, 1, 0, 1]),
        ("0 1.0 0.0 1", {"0": "died", "1": "survived"}, ["died", "survived"], [0, 1, 0, 1]),
        ("0 1.0 0.0 1", {"0.00": "died"}, ["1", "died"], [1, 0, 1, 0]),
        ("0 0.0 1 2", {"0": "a", "0.0": "b"}, ["1", "2", "a", "b"], [2, 3, 0, 1]),
        ("007 8 007 8", {"007": "bond"}, ["8", "bond"], [1, 0, 1, 0]),
        ("0.0 unsure 1.0 1", {"0": "no", "1": "yes"}, ["no", "unsure", "yes"], [0, 1, 2, 2]),
    ],
    ids=["floats", "mixed", "one of two", "the text first", "codes", "among texts"],
)
def test_labels_are_matched_as_numbers_where_both_are(tmp_path, cells, labels, names, ids):
    data = loaded(csv(tmp_path, target(cells), labels=labels), tmp_path)
    assert data.labels == names and data.splits["train"].target.tolist() == ids


def test_labels_that_no_row_has(tmp_path):
    for cells, labels, wrong, hint in (
        ("0.0 1.0 0.0", {"dead": "died", "1": "survived"}, ["dead"], "'0.0', '1.0'"),
        ("007 8 007", {"7": "bond", "9": "x"}, ["7", "9"], "'007', '8'"),
        ("ja nein ja", {"nien": "no"}, ["nien"], "did you mean 'nein'?"),
    ):
        with pytest.raises(ConfigError) as caught:
            loaded(csv(tmp_path, target(cells), labels=labels), tmp_path)
        assert [error.where for error in caught.value.problems] == [f"data.source.csv.labels.{key}" for key in wrong]
        assert hint in caught.value.hint
    with pytest.raises(ConfigError, match=r"data.source.iris.labels.versicolour: .*\n.*'versicolor'"):
        loaded({"iris": {"labels": {"versicolour": "other"}}})
    (tmp_path / "b.csv").write_text(target("no yes"))  # a key of use in one of the files is of use
    two = csv(
        tmp_path, target("no. yes. no."), file={"train": "a.csv", "test": "b.csv"}, labels={"no.": "no", "yes.": "yes"}
    )
    assert loaded(two, tmp_path).splits["test"].target.tolist() == [0, 1]


@pytest.mark.parametrize(
    "values, names",
    [
        (np.array([0.1, 0.25], np.float32), ["0.1", "0.25"]),
        (np.array([1.0, 2.0]), ["1", "2"]),
        (np.array([0.1, 2.0]), ["0.1", "2"]),
        (np.array([2**62 + 1, 2**62]), [str(2**62), str(2**62 + 1)]),
        (np.array([True, False]), ["False", "True"]),
        (np.array([-3, 70_000], np.int32), ["-3", "70000"]),
        (np.array([2**64 - 1, 7], np.uint64), ["7", str(2**64 - 1)]),
    ],
)
def test_classes_of_arrays(tmp_path, values, names):
    np.savez(tmp_path / "a.npz", x=np.zeros((8, 1)), y=np.tile(values, 4))
    assert loaded({"npz": {"file": "a.npz", "task": "classification"}}, tmp_path).labels == names
