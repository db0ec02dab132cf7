"""Which row of a CSV file holds names, what is said where that is not sure, and what divides the cells."""

import pytest

from dlcli.data.dataset import Data
from dlcli.data.new_rows import prepare_new
from dlcli.errors import ConfigError, DataError
from tests.data.rig import csv, loaded

FLOATS = "".join(f"{i / 7:.3f},{i * i / 9:.3f},{i % 2}\n" for i in range(30))
TEXTS = "".join(f"{'abc'[i % 3]},{'uv'[i % 2]},{'pq'[i // 3 % 2]}\n" for i in range(30))
YEARS = "".join(f"{'abc'[i % 3]},{i / 7:.2f},{i / 9:.2f},{'uv'[i % 2]}\n" for i in range(30))
SMALL = "".join(f"{i % 3},{i // 3 % 3},{i // 9 % 3}\n" for i in range(27))
WHERE = "data.source.csv.header"


@pytest.mark.parametrize(
    "text, target, rows, features, warned",
    [
        ("0,1,2\n" + FLOATS, 3, 30, ["0", "1"], "taken for the names"),
        ("0,1,2\n" + FLOATS, "2", 30, ["0", "1"], None),
        ("a,u,p\n" + TEXTS, 3, 30, ["a=a", "a=b", "a=c", "u=u", "u=v"], "'a', 'u', 'p' stand below again"),
        ("x,w,y\n" + TEXTS, 3, 30, ["x=a", "x=b", "x=c", "w=u", "w=v"], None),
        ("a,u,y\n" + TEXTS, "y", 30, ["a=a", "a=b", "a=c", "u=u", "u=v"], None),
        ("who,y\nman,0\nwho,1\nman,0\nwho,1\n", 2, 4, ["who=man", "who=who"], None),
        (
            "country,2019,2020,class\n" + YEARS,
            4,
            31,
            ["column1=a", "column1=b", "column1=c", "column1=country", "column2", "column3"],
            "taken for data",
        ),
        (
            "country,2019,2020,class\n" + YEARS,
            "class",
            30,
            ["country=a", "country=b", "country=c", "2019", "2020"],
            None,
        ),
        ("2019,2020,2021\n" + FLOATS, 3, 31, ["column1", "column2"], "taken for data"),
        (YEARS, 4, 30, ["column1=a", "column1=b", "column1=c", "column2", "column3"], None),
        (FLOATS, 3, 30, ["column1", "column2"], None),
        (SMALL, 3, 27, ["column1", "column2"], None),
    ],
    ids=[
        "pandas",
        "pandas, named",
        "data as names",
        "names",
        "names, named",
        "a name above numbers",
        "years",
        "years, named",
        "years only",
        "texts and numbers",
        "numbers",
        "small numbers",
    ],
)
def test_the_first_row(tmp_path, text, target, rows, features, warned):
    data = loaded(csv(tmp_path, text, target=target), tmp_path)
    assert len(data.splits["train"]) == rows and data.fitted.features == features
    assert [warning.where for warning in data.warnings] == [WHERE] * bool(warned)
    assert all(
        warned in w.problem and "`header: true`" in w.hint and "`header: false`" in w.hint for w in data.warnings
    )
    header = not features[0].startswith("column1")
    said = loaded(csv(tmp_path, text, target=target, header=header), tmp_path)
    assert said.fitted.features == features and len(said.splits["train"]) == rows and not said.warnings


@pytest.mark.parametrize(
    "text, target",
    [("0,1\n1,0\n0,1\n1,0\n", 2), ("0,1\n0.1,0.995\n0.2,0.98\n", 2), ("0,1,2\n" + SMALL, 3)],
    ids=["two", "two of fractions", "all again below"],
)
def test_a_first_row_that_can_be_both(tmp_path, text, target):
    with pytest.raises(ConfigError, match="can hold names, as pandas writes them, or data") as caught:
        loaded(csv(tmp_path, text, target=target), tmp_path)
    assert caught.value.where == WHERE
    rows = [
        len(loaded(csv(tmp_path, text, target=target, header=header), tmp_path).splits["train"])
        for header in (True, False)
    ]
    assert rows[1] - rows[0] == 1


def test_a_target_that_is_a_number_and_a_name(tmp_path):
    """It counts the columns; where another one is called so, that is told with what takes either."""
    text = "0,1,2,3\n" + "".join(f"{i / 7},{i % 3},{i % 4},{i % 2}\n" for i in range(30))
    for target, taken, warned in ((3, "2", True), (1, "0", True), (4, "3", False), ("2", "2", False)):
        data = loaded(csv(tmp_path, text, target=target, header=True, task="regression"), tmp_path)
        assert data.target_name == taken
        assert [w.where for w in data.warnings] == ["data.source.csv.target"] * warned
        assert all(f'`target: "{taken}"`' in w.hint and f'`target: "{target}"`' in w.hint for w in data.warnings)
    own = csv(tmp_path, text.replace("0,1,2,3", "a,2,b,c", 1), target=2, header=True)
    assert not loaded(own, tmp_path).warnings


def test_new_files_for_names_that_count(tmp_path):
    data = Data.of(loaded(csv(tmp_path, "0,1,2\n" + FLOATS, target=3), tmp_path).state())
    for text in ("0,1\n5,6\n", "1,2,0\n6,0,5\n", ",0,1,2\n7,5,6,0\n"):
        (tmp_path / "n.csv").write_text(text)
        assert prepare_new(tmp_path / "n.csv", data).inputs["x"].tolist() == [[5, 6]]
    (tmp_path / "n.csv").write_text("5,6,0\n7,8,0\n")
    with pytest.raises(DataError, match="has no column '1'"):
        prepare_new(tmp_path / "n.csv", data)


@pytest.mark.parametrize(
    "first, lost", [("A,B,T", False), ("a,b,y", False), ("2019,2020,T", False), ("0.5,0.7,1", True)]
)
def test_a_row_of_data_in_the_place_of_a_header(tmp_path, capsys, first, lost):
    """`header: true` beside `columns` passes over the first row, whatever it holds, in new files too."""
    options = {"columns": ["a", "b", "y"], "header": True}
    csv(tmp_path, "A,B,T\n" + FLOATS)
    csv(tmp_path, first + "\n" + FLOATS, "b.csv")
    for file in ("b.csv", {"train": "a.csv", "test": "b.csv"}):
        warnings = loaded({"csv": {"file": file, "target": "y", **options}}, tmp_path).warnings
        assert [(w.where, "looks like data" in w.problem) for w in warnings] == [(WHERE, True)] * lost
    data = Data.of(loaded({"csv": {"file": "a.csv", "target": "y", **options}}, tmp_path).state())
    (tmp_path / "n.csv").write_text(first.rsplit(",", 1)[0] + "\n5,6\n")
    for new, labelled in (("b.csv", True), ("n.csv", False)):
        capsys.readouterr()
        prepare_new(tmp_path / new, data, labelled)
        assert ("looks like data" in capsys.readouterr().err) == lost


def test_columns_without_a_name(tmp_path):
    """pandas' row index is named in the hint, and `drop: [""]` leaves it out; new files may have it or not."""
    text = ",a,y\n0,5,0\n1,6,1\n2,7,0\n3,8,1\n"
    for bad, where, hint in (
        (text, "a.csv:1:1", "`to_csv(FILE, index=False)`"),
        (text.replace(",a", '"",a'), "a.csv:1:1", "row index"),
        ("a,y,\n5,0,\n6,1,\n", "a.csv:1:3", "at the end of each line"),
    ):
        with pytest.raises(DataError) as caught:
            loaded(csv(tmp_path, bad), tmp_path)
        assert caught.value.where == where and hint in caught.value.hint and '`drop: [""]`' in caught.value.hint
        assert loaded(csv(tmp_path, bad, drop=[""]), tmp_path).fitted.features == ["a"]
    for drop, names in (([""], ",a,y"), (["Unnamed: 0"], "Unnamed: 0,a,y")):
        data = loaded(csv(tmp_path, text.replace(",a,y", names, 1), drop=drop), tmp_path)
        assert data.fitted.features == ["a"] and not data.warnings
        for new in (text, "y,a\n0,5\n1,6\n0,7\n1,8\n", text.replace(",a", "Unnamed: 0,a", 1)):
            (tmp_path / "n.csv").write_text(new)
            assert prepare_new(tmp_path / "n.csv", Data.of(data.state()), True).inputs["x"].tolist() == [
                [5],
                [6],
                [7],
                [8],
            ]
    (warning,) = loaded(csv(tmp_path, text.replace(",a", "Unnamed: 0,a", 1)), tmp_path).warnings
    assert '`drop: ["Unnamed: 0"]`' in warning.hint
    with pytest.raises(ConfigError, match="no column without a name"):
        loaded(csv(tmp_path, "a,y\n1,0\n2,1\n", drop=[""]), tmp_path)


@pytest.mark.parametrize(
    "text, delimiter",
    [
        ("a;b;y\n1,5;2;0\n3,5;4;1\n", ";"),
        ("a\tb\ty\n1\t2\t0\n", "\\t"),
        ("a|b|y\n1|2|0\n", "|"),
        ("a  b y\n 1\t2  0\n3 4   1\n", " "),
        ("a:b:y\n1:2:0\n", ":"),
    ],
)
def test_the_hint_names_the_delimiter(tmp_path, text, delimiter):
    for target in ("y", 3):
        with pytest.raises((DataError, ConfigError)) as caught:
            loaded(csv(tmp_path, text, target=target), tmp_path)
        assert f'`delimiter: "{delimiter}"`' in caught.value.hint
    chosen = delimiter.replace("\\t", "\t")
    source = csv(tmp_path, text.replace("1,5", "1").replace("3,5", "3"), delimiter=chosen)
    assert loaded(source, tmp_path).fitted.features == ["a", "b"]


def test_runs_of_blanks_and_tabs(tmp_path):
    text = ' a   b\ty \n 1  2\t 0\n\n  \t \n"3"   4 1  \r\n   5 6 0'
    data = loaded(csv(tmp_path, text, delimiter=" "), tmp_path)
    assert data.splits["train"].inputs["x"].tolist() == [[1, 2], [3, 4], [5, 6]]
    with pytest.raises(DataError, match="2 cells where the first row has 3") as caught:
        loaded(csv(tmp_path, text + "\n7  8", delimiter=" "), tmp_path)
    assert caught.value.where == "a.csv:7"
    with pytest.raises(DataError, match="without a name"):
        loaded(csv(tmp_path, "a  b y\n1  2 0\n", delimiter=" ", strip=False), tmp_path)


def test_lines_of_blanks(tmp_path):
    """They are no rows, wherever they stand, and lines are counted on; in a file of one column a blank is a cell."""
    for strip in (True, False):
        for blank in ("", "   ", " \t "):
            text = f"{blank}\na,b,y\n1,2,0\n{blank}\n3,4,1\n{blank}\n{blank}"
            data = loaded(csv(tmp_path, text, strip=strip), tmp_path)
            assert data.splits["train"].inputs["x"].tolist() == [[1, 2], [3, 4]]
            with pytest.raises(DataError, match="expected a number") as caught:
                loaded(csv(tmp_path, text.rstrip() + "\n5,x,0\n6,6,1\n7,7,1\n", strip=strip), tmp_path)
            assert caught.value.where == "a.csv:6:2"
    data = Data.of(loaded(csv(tmp_path, "a,y\n1,0\n,1\n2,0\n"), tmp_path, prepare=["impute"]).state())
    (tmp_path / "n.csv").write_text("a\n5\n \n6\n")
    assert len(prepare_new(tmp_path / "n.csv", data)) == 3
    with pytest.raises(DataError, match="2 cells where the first row has 3"):
        loaded(csv(tmp_path, "a,b,y\n1,2,0\n,\n"), tmp_path)


@pytest.mark.parametrize(
    "text, hint",
    [
        ("a,y\n0,1,0\n1,2,1\n", "row.names=FALSE"),
        ("a,y\n1,0,\n2,1,\n", "at the end of each line"),
        ("a,y\n1,0\n2\n", "is a delimiter missing"),
        ("a y\n1,2\n", "is its delimiter really ','"),
    ],
)
def test_rows_of_another_length(tmp_path, text, hint):
    with pytest.raises(DataError) as caught:
        loaded(csv(tmp_path, text), tmp_path)
    assert hint in caught.value.hint
