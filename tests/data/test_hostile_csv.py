"""CSV files that must be refused: the place, counted in the file's own lines and columns from 1, and what is wrong."""

import numpy as np
import pytest

from dlcli.errors import ConfigError, DataError
from tests.data.rig import csv, loaded

HEAD = "a,b,y\n1,2,0\n3,4,1\n"
BAD_CELLS = {
    "empty cell": ("", "missing values"),
    "nan": ("nan", "'nan'"),
    "inf": ("inf", "'inf'"),
    "1e400": ("1e400", "range of float64"),
    "1e39": ("1e39", "number of float32"),
    "hex": ("0x1F", "'0x1F'"),
    "underscore": ("1_000", "'1_000'"),
    "bool": ("true", "'true'"),
    "thousands": ('"1,234"', "'1,234'"),
    "decimal comma": ('"1,5"', "'1,5'"),
    "arabic digits": ("\u0661\u0662", "expected a number"),
    "formula": ("=1+2", r"'=1\+2'"),
    "comment": ("7 # seven", "'7 # seven'"),
    "int64 overflow": ("99999999999999999999", "18 digits"),
    "5,000 digits": ("9" * 5000, "18 digits"),
    "long field": ("x" * 100_000, "100,000 characters"),
    "newline in quotes": ('"7\n8"', "line break"),
    "control characters": ("\x1b]0;", r"\\x1b"),
    "minus minus": ("--1", "'--1'"),
    "spaced": ("1 2", "'1 2'"),
    "exponent only": ("e5", "'e5'"),
}


@pytest.mark.parametrize("cell, problem", BAD_CELLS.values(), ids=BAD_CELLS)
def test_bad_cell_in_a_column_of_numbers(tmp_path, cell, problem):
    with pytest.raises(DataError, match=problem) as caught:
        loaded(csv(tmp_path, HEAD + f"5,{cell},0\n" + "6,7,1\n" * 3), tmp_path)
    assert caught.value.where == "a.csv:4:2"
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text, where, problem",
    [
        ("", "a.csv", "is empty"),
        ("\n\n", "a.csv", "is empty"),
        ("a,b,y\n", "a.csv:1", "no rows"),
        (HEAD + "5,6\n", "a.csv:4", "2 cells where the first row has 3"),
        (HEAD + "\n5,6,0,9\n", "a.csv:5", "4 cells"),
        ("a,b,y\n1,2,0,\n3,4,1,\n", "a.csv:2", "4 cells"),
        ("a,b,y,\n1,2,0,\n3,4,1,\n", "a.csv:1:4", "without a name"),
        ("a,a,y\n1,2,0\n3,4,1\n", "a.csv:1:2", "'a' is there twice"),
        ("a;b;y\n1;2;0\n3;4;1\n", "a.csv:1", "no column 'y'"),
        (HEAD + '5,"6,0\n7,8,1\n', "a.csv:4", "not sound CSV"),
        (HEAD + '5,"6"7,0\n', "a.csv:4", "not sound CSV"),
        (HEAD + "5,\x006,0\n", "a.csv:4", "NUL"),
        (HEAD.encode() + "5,6,\xe9\n".encode("latin-1"), "a.csv:4", "not utf-8: byte 0xe9 at offset 22"),
        (HEAD.encode("utf-16"), "a.csv:1", "UTF-16"),
        ("a,b,y\n1,2,0\n3,4,0\n", "a.csv:2:3", "single class, '0'"),
        ("a,b,y\n1,2,0\n3,4,\n5,6,1\n5,6,1\n", "a.csv:3:3", "target is missing\n"),
        ("a,b,y\n1,2,u\n3,4,\n5,6,v\n5,6,v\n", "a.csv:3:3", "target is missing\n"),
        ("y\n0\n1\n", "a.csv", "no column besides the target"),
        ("a,c,y\n" + "".join(f"{i},id{i},{i % 2}\n" for i in range(40)), "a.csv:2:2", "40 different texts in 40 rows"),
        ("a,c,y\n" + "".join(f'{i},"1,{i}",{i % 2}\n' for i in range(4)), "a.csv:2:2", "another notation"),
        (b"\x1f\x8b" + b"junk" * 10, "a.csv", "damaged gzip"),
    ],
    ids=[
        "empty",
        "blank",
        "header only",
        "short row",
        "long row",
        "trailing comma",
        "trailing comma in the header too",
        "twice",
        "semicolon",
        "open quote",
        "text after a quote",
        "NUL",
        "latin-1",
        "utf-16",
        "single class",
        "no target in a row",
        "no class in a row",
        "only a target",
        "identifiers",
        "decimal commas everywhere",
        "gzip",
    ],
)
def test_bad_file(tmp_path, text, where, problem):
    with pytest.raises(DataError, match=problem) as caught:
        loaded(csv(tmp_path, text), tmp_path)
    assert caught.value.where == where


def test_hints_name_the_cure(tmp_path):
    for text, options, hint in (
        ("a;b;y\n1;2;0\n", {}, "delimiter"),
        ("a,b,z\n1,2,0\n", {"target": "zz"}, "did you mean 'z'"),
        (HEAD + "5,?,0\n", {}, '`missing: ["", "?"]`'),
        (HEAD + "5,,0\n", {}, "impute"),
        (HEAD.encode() + b"\xe9,6,1\n", {}, "latin-1"),
    ):
        with pytest.raises((DataError, ConfigError)) as caught:
            loaded(csv(tmp_path, text, **options), tmp_path)
        assert hint in caught.value.hint


@pytest.mark.parametrize("seed", range(4))
def test_mutations_are_read_or_refused(tmp_path, seed):
    """Nothing but an error of the data, or of the options for it, may come out, whatever happens to some bytes."""
    rng, good = np.random.default_rng(seed), ("a,b,c,y\n" + "1,2.5,u,0\n-3,4e1,v,1\n" * 8).encode()
    snippets = [b'"', b",", b"\n", b"\0", b"\r", b"1e999", b"nan", b"\xff", b"\xef\xbb\xbf", b'""', b"9" * 30]
    for _ in range(50):
        data, place = bytearray(good), rng.integers(len(good))
        data[place:place + rng.integers(4)] = snippets[rng.integers(len(snippets))]
        try:
            loaded(csv(tmp_path, bytes(data)), tmp_path, prepare=["impute", "standardize"], split={"test": 0.2})
        except (DataError, ConfigError) as error:
            assert error.where


def test_gzip_bomb(tmp_path):
    import gzip
    import resource

    bomb = gzip.compress(b"a,y\n" + b"1,0\n" * (100 << 18))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match="unpacks to more than"):
        loaded(csv(tmp_path, bomb), tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 << 10


def test_a_row_after_quoted_lines_has_its_own_line_number(tmp_path):
    with pytest.raises(DataError) as caught:
        loaded(csv(tmp_path, 'n,a,y\n"one\ntwo",1,0\n"three\n\nfour",2,1\nx,oops,0\n', drop=["n"]), tmp_path)
    assert caught.value.where == "a.csv:7:2"


def test_the_second_file_names_its_own_lines(tmp_path):
    source = csv(tmp_path, HEAD + "1,2,0\n3,4,1\n", file={"train": "a.csv", "test": "b.csv"})
    for text, where, problem in (
        (HEAD + "x,1,0\n", "b.csv:4:1", "expected a number"),
        (HEAD + "5,6,2\n", "b.csv:4:3", "no class '2'"),
        ("a,y\n1,0\n", "b.csv:1", "no column 'b'"),
    ):
        (tmp_path / "b.csv").write_text(text)
        with pytest.raises(DataError, match=problem) as caught:
            loaded(source, tmp_path)
        assert caught.value.where == where


@pytest.mark.parametrize(
    "options, error, where, problem",
    [
        ({"target": "z"}, ConfigError, "data.source.csv.target", "a.csv has no column 'z'"),
        ({"target": 4}, ConfigError, "data.source.csv.target", "3 columns; the target should be number 4"),
        ({"drop": ["c"]}, ConfigError, "data.source.csv.drop.0", "a.csv has no column 'c'"),
        ({"types": {"c": "numeric"}}, ConfigError, "data.source.csv.types.c", "a.csv has no column 'c'"),
        ({"drop": ["y"]}, ConfigError, "data.source.csv.drop.0", "'y' is the target"),
        (
            {"columns": ["a", "b"], "target": "b"},
            ConfigError,
            "data.source.csv.columns",
            "names 2 columns, and a.csv has 3",
        ),
        ({"file": {"test": "a.csv"}}, ConfigError, "data.source.csv.file", "no file for the training split"),
        (
            {"task": "regression", "labels": {"0": "no"}},
            DataError,
            "a.csv:2:3",
            "expected a number in column 'y', got 'no'",
        ),
    ],
    ids=[
        "target",
        "target number",
        "drop",
        "types",
        "drop the target",
        "columns",
        "no training file",
        "labels of a regression",
    ],
)
def test_options_that_do_not_fit_the_file(tmp_path, options, error, where, problem):
    with pytest.raises(error, match=problem) as caught:
        loaded(csv(tmp_path, HEAD, **options), tmp_path)
    assert caught.value.where == where
