"""Missing values of CSV files: numbers as markers, what other programs write, rows without a target."""

import json

import numpy as np
import pytest
import yaml

from dlcli.data.dataset import Data
from dlcli.data.load import describe
from dlcli.data.new_rows import prepare_new
from dlcli.data.settings import DataSettings
from dlcli.errors import DataError
from tests.data.rig import csv, loaded

HEAD = "a,b,y\n"
MARKED = HEAD + "-999,0.5,1\n-0.2,-0.3,0\n-999.0,0.1,1\n1.5,-9.99e2,0\n0.3,2.5,1\n-1.1,0.7,0\n"
BLANK = HEAD + ",0.5,1\n-0.2,-0.3,0\n,0.1,1\n1.5,,0\n0.3,2.5,1\n-1.1,0.7,0\n"


def stored(data: Data) -> Data:
    return Data.of(json.loads(json.dumps(data.state())))


@pytest.mark.parametrize(
    "options, pack",
    [
        ({}, bytes),
        ({"strip": False}, bytes),
        ({"types": {"a": "numeric"}}, bytes),
        ({"missing": ["", "-999.0"]}, bytes),
        ({}, "gzip"),
        ({"types": {"a": "one_hot", "b": "ordinal"}}, bytes),
    ],
    ids=["plain", "strip", "declared", "written otherwise", "gzip", "texts"],
)
def test_a_number_that_means_missing_means_every_cell_of_its_value(tmp_path, options, pack):
    """The same arrays, the same fit and the same count as of blanks; new rows likewise."""
    import gzip

    pack, options = gzip.compress if pack == "gzip" else pack, {"missing": ["-999", ""]} | options
    found = {}
    for name, text in (("marked.csv", MARKED), ("blank.csv", BLANK)):
        source = csv(tmp_path, pack(text.encode()), name, **options)
        data = loaded(source, tmp_path, prepare=[{"impute": {"indicators": True}}, "standardize"])
        known = describe(DataSettings(source=source, prepare=["impute"]), tmp_path).missing
        again = [
            prepare_new(tmp_path / "new.csv", stored(data), labelled=True).inputs["x"].tolist()
            for text in (MARKED, BLANK)
            if (tmp_path / "new.csv").write_text(text)
        ]
        train = data.splits["train"]
        found[name] = (
            train.inputs["x"].tolist(),
            train.target.tolist(),
            data.fitted.columns,
            known,
            again[0],
            again[1],
        )
        assert again[0] == again[1] == train.inputs["x"].tolist()
    assert found["marked.csv"] == found["blank.csv"] and found["blank.csv"][3] == {"a": 2, "b": 1}


def test_codes_are_missing_by_their_text_only(tmp_path):
    text = "a,zip,y\n1,0099,0\n2,99,1\n3,0099,0\n4,99.0,1\n"
    data = loaded(csv(tmp_path, text, missing=["99"], types={"zip": "one_hot"}), tmp_path)
    assert data.fitted.features == ["a", "zip=0099", "zip is missing"]


@pytest.mark.parametrize(
    "text, options, classes",
    [
        ("a,y\n1,0\n2,1\n3,-1\n4,1\n5,-1.0\n6,0\n", {"missing": ["-1", ""]}, [0, 1, 1, 0]),
        ("a,y\n1,no\n2,yes\n3,?\n4,yes\n5,\n6,no\n", {"missing": ["?", ""]}, [0, 1, 1, 0]),
        ("a,y\n1,0.5\n2,1.5\n3,\n4,2.5\n5,-9\n6,3\n", {"missing": ["", "-9"]}, [[0.5], [1.5], [2.5], [3.0]]),
    ],
    ids=["numbers", "texts", "values"],
)
def test_rows_without_a_target(tmp_path, capsys, text, options, classes):
    """Refused with the way out and the right number; or left out, the number said, places still those of the file."""
    with pytest.raises(DataError, match="a.csv:4:2: the target is missing") as caught:
        loaded(csv(tmp_path, text, **options), tmp_path)
    assert "`missing_target: drop`" in caught.value.hint and "2 of 6" in caught.value.hint
    source = csv(tmp_path, text, missing_target="drop", **options)
    data = loaded(source, tmp_path)
    said = "a.csv: 2 of 6 rows have no target, and are left out"
    assert capsys.readouterr().err == said + "\n"
    assert describe(DataSettings(source=source), tmp_path).about == [said] and capsys.readouterr().err == ""
    assert (
        data.splits["train"].inputs["x"][:, 0].tolist() == [1, 2, 4, 6]
        and data.splits["train"].target.tolist() == classes
    )
    again = prepare_new(tmp_path / "a.csv", stored(data), labelled=True)
    assert again.target.tolist() == classes and "2 of 6 rows" in capsys.readouterr().err
    assert len(prepare_new(tmp_path / "a.csv", stored(data))) == 6 and capsys.readouterr().err == ""
    with pytest.raises(DataError) as caught:
        loaded(csv(tmp_path, text.replace("6,", ","), missing_target="drop", **options), tmp_path)
    assert caught.value.where == "a.csv:7:1" and "has missing values" in caught.value.problem
    with pytest.raises(DataError, match="no row with a target"):
        loaded(csv(tmp_path, "a,y\n1,\n2,\n", missing_target="drop"), tmp_path)


def test_unknown_markers_of_all_columns_at_once_with_the_line_that_takes_them(tmp_path):
    text = "a,b,c,d,y\n1,NA,x,9,0\nnull,3,x,8,1\n3,n/a,?,,0\n4,5,z,7,1\n-,-,x,6,0\n6,7,z,5,1\n"
    with pytest.raises(DataError) as caught:
        loaded(csv(tmp_path, text), tmp_path, prepare=["impute"])
    assert caught.value.where == "a.csv:3:1"
    assert all(f"{cell!r} in {title!r}" in caught.value.problem for title in "b" for cell in ("NA", "n/a", "-"))
    line = caught.value.hint.split("`")[1].removeprefix("missing: ")
    missing = yaml.safe_load(line)
    assert missing == ["", "null", "-", "NA", "n/a"]
    data = loaded(csv(tmp_path, text, missing=missing), tmp_path, prepare=["impute"])
    assert data.fitted.features == ["a", "b", "c=?", "c=x", "c=z", "d"]
    (warning,) = data.warnings
    assert "'?' in 'c'" in warning.problem and '`missing: ["", "null", "-", NA, "n/a", "?"]`' in warning.hint
    data = loaded(csv(tmp_path, text, missing=[*missing, "?"]), tmp_path, prepare=["impute"])
    assert not data.warnings and "c is missing" in data.fitted.features


@pytest.mark.parametrize(
    "text, where, hints",
    [
        (
            "a,y\n" + "".join(f"{i if i % 5 == 0 else 'NA'},{i % 2}\n" for i in range(40)),
            "a.csv:3:1",
            ['["", NA]', "`types`"],
        ),
        ("a,y\n1,0\n2,1\n3,nan\n4,1\n", "a.csv:4:2", ['["", nan]', "`task: classification`"]),
        ("a,y\n1,0\n2,1\n3,unsure\n4,1\n", "a.csv:4:2", ["'unsure'", "`task: classification`"]),
        ('a,b,y\n"1,234",2,0\n5,NA,1\n6,7,0\n8,9,1\n', "a.csv:2:1", ["no thousands separators", '["", NA]']),
        ("a,b,y\n1,2,0\na,b,y\n3,4,1\n5,6,0\n", "a.csv:3:1", ["stand in this row again"]),
    ],
    ids=["most are missing", "in the target", "a class", "beside another notation", "header again"],
)
def test_what_is_no_number_has_a_hint_that_helps(tmp_path, text, where, hints):
    with pytest.raises(DataError) as caught:
        loaded(csv(tmp_path, text), tmp_path)
    assert caught.value.where == where and all(hint in caught.value.hint for hint in hints)


def test_a_declared_class_is_a_text_unless_it_means_missing(tmp_path):
    text = "a,y\n1,0\n2,1\n3,unsure\n4,1\n5,0\n"
    assert loaded(csv(tmp_path, text, task="classification"), tmp_path).labels == ["0", "1", "unsure"]
    with pytest.raises(DataError, match="a.csv:4:2: expected a number in column 'y', got 'nan'"):
        loaded(csv(tmp_path, text.replace("unsure", "nan"), task="classification"), tmp_path)


def test_the_fast_way_and_the_slow_way_read_the_same_numbers(tmp_path):
    """Each cell's float64 is Python's, whether all cells of the column are plain or one of them is blank."""
    cells = ["1", "-2.5", "1e-3", "+4", ".5", "123456789012345678", "0.1234567890123456789", "999999999999999999"]
    rows = [f"{cell},{cell if i else ''},{i % 2}" for i, cell in enumerate(cells)]
    data = loaded(csv(tmp_path, "\n".join(["a,b,y", *rows])), tmp_path, dtype="float64", prepare=["impute"])
    x = data.splits["train"].inputs["x"]
    assert x[1:, 0].tobytes() == x[1:, 1].tobytes() == np.array([*map(float, cells[1:])]).tobytes()


def test_rows_that_are_left_out_keep_the_numbers_of_the_others(tmp_path):
    """A later run on another column of the same file, which leaves out other rows, still knows what was learned."""
    rows = [f"{i},{'' if i % 3 == 0 else i / 2},{'' if i % 4 == 0 else i % 2}" for i in range(24)]
    csv(tmp_path, "\n".join(["a,u,v", *rows]))
    for target, step in (("u", 3), ("v", 4)):
        options = {"target": target, "drop": ["uv".replace(target, "")], "missing_target": "drop"}
        source = {"csv": {"file": "a.csv", **options}}
        traces = loaded(source, tmp_path, split={"test": 0.5, "shuffle": False, "stratify": False}).traces
        found = np.concatenate([traces["train"].numbers, traces["test"].numbers])
        assert found.tolist() == [i for i in range(24) if i % step] and traces["train"].total == 24
        assert len(traces["train"].hashes) == len(traces["train"].numbers)
