"""The source `jsonl`: an object on each line, read by the rules of tables; and lines that are none."""

import gzip
import json

import numpy as np
import pytest

from dlcli.data.new_rows import prepare_new
from dlcli.errors import ConfigError, DataError
from tests.data.rig import csv, loaded

ROWS = [{"text": "a fine film", "n": 1.50, "y": "pos", "in": True}, {"text": None, "y": "neg", "n": -2, "in": False},
        {"n": None, "text": "bad\nfilm", "y": "neg", "id": [1]}, {"text": "fine", "n": 3e2, "y": "pos", "in": True}]
OPTIONS = {"target": "y", "drop": ["id"], "types": {"text": "tokens"}}
IMPUTE = [{"impute": {"columns": ["n"]}}]


def written(folder, rows=ROWS, name: str = "a.jsonl", **options) -> dict:
    data = rows if isinstance(rows, bytes) else "\n".join(map(json.dumps, rows)).encode()
    (folder / name).write_bytes(data)
    return {"jsonl": {"file": name, **OPTIONS, **options}}


def test_keys_are_columns_and_what_is_not_there_is_missing(tmp_path):
    data = loaded(written(tmp_path), tmp_path, prepare=IMPUTE)
    assert [(column.name, column.kind) for column in data.columns] == [("text", "tokens"), ("n", "numeric"),
                                                                       ("in", "one_hot")]
    train = data.splits["train"]
    known = next(column for column in data.columns if column.name == "text").vocabulary.tokens
    x = train.inputs["text"]
    assert [[known[i] for i in x.row(row)] for row in range(4)] == [["a", "fine", "film"], ["<unk>"],
                                                                    ["bad", "\n", "film"], ["fine"]]
    assert train.inputs["numeric"][:, 0].tolist() == [1.5, -2, 1.5, 300]
    assert data.columns[2].categories == ["false", "true", None] and data.labels == ["neg", "pos"]
    assert train.target.tolist() == [1, 0, 0, 1]


def test_it_reads_what_the_same_csv_file_says(tmp_path):
    rows = [{"a": i % 7 / 4, "b": "uvw"[i % 3], "y": i % 2} for i in range(30)]
    lines = loaded({"jsonl": {"file": "a.jsonl", "target": "y"} | written(tmp_path, rows)["jsonl"] | {
        "types": None, "drop": []}}, tmp_path, split={"test": 0.3})
    table = loaded(csv(tmp_path, "a,b,y\n" + "".join(f"{r['a']},{r['b']},{r['y']}\n" for r in rows)), tmp_path,
                   split={"test": 0.3})
    for name, split in table.splits.items():
        np.testing.assert_array_equal(split.inputs["x"], lines.splits[name].inputs["x"])
        np.testing.assert_array_equal(split.target, lines.splits[name].target)
    assert lines.labels == table.labels and (lines.traces["test"].hashes == table.traces["test"].hashes).all()


def test_new_rows_come_from_either_format(tmp_path):
    data = loaded(written(tmp_path), tmp_path, prepare=IMPUTE)
    written(tmp_path, [{"y": "pos", "in": "true", "n": 2, "text": "fine film", "more": {}}], "b.jsonl")
    (tmp_path / "b.csv").write_text("in,y,text,n\ntrue,pos,fine film,2\n")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress((tmp_path / "b.jsonl").read_bytes()))
    found = [prepare_new(tmp_path / name, data, labelled=True) for name in ("b.jsonl", "b.csv", "b.jsonl.gz")]
    for rows in found:
        assert rows.target.tolist() == [1] and rows.lengths["text"].tolist() == [2]
        for field, x in found[0].inputs.items():
            np.testing.assert_array_equal(np.asarray(rows.inputs[field]), np.asarray(x))
    with pytest.raises(DataError, match="has no column 'y'"):
        prepare_new(written_at(tmp_path, [{"in": "true", "n": 2, "text": "fine"}]), data, labelled=True)


def written_at(folder, rows):
    written(folder, rows, "c.jsonl")
    return folder / "c.jsonl"


GOOD = b'{"text": "a", "y": "u"}\n{"text": "b", "y": "v"}\n'


@pytest.mark.parametrize("data, where, problem, hint", [
    (b"", "", "is empty", None),
    (b"\n \n", "", "is empty", None),
    (b"{}\n", "", "0 keys", None),
    (GOOD + b"{'text': 1}\n", ":3:2", "is no JSON: Expecting property name", None),
    (b'[{"text": "a", "y": 1}]', ":1", "is a list, and an object is expected", "orient='records'"),
    (b"[\n{}\n]\n", ":1:2", "is no JSON", "orient='records'"),
    (GOOD + b"\n7\n", ":4", "is a number, and an object", None),
    (GOOD + b'{"text": "a", "text": "b", "y": "u"}', ":3", "has the key 'text' twice", None),
    (GOOD + b'{"text": {"a": 1}, "y": "u"}', ":3", "key 'text' holds an object", "drop: [text]"),
    (GOOD + b'{"text": "a", "y": ["u"]}', ":3", "key 'y' holds a list", None),
    (GOOD + b'{"text": "a", "y": NaN}', ":3", "is no JSON: NaN", None),
    (GOOD + b'{"text": "\\ud800", "y": "u"}', ":3", "half of a character", None),
    (GOOD + b'{"text": "\xff", "y": "u"}', ":3", "is not utf-8", None),
    (GOOD + b"[" * 100_000, ":3", "nested too deep", None),
    (GOOD + b'{"text": "a"}', ":3", "target is missing", "missing_target: drop"),
    (GOOD.replace(b'"y"', b'"z"'), "", "no column 'y'", None),
    (b'{"text": "a", "y": 1}\n{"text": "b", "y": 1}\n' * 9, ":1", "single class", None),
])
def test_lines_that_are_none(tmp_path, data, where, problem, hint):
    source = written(tmp_path, data, drop=[])
    with pytest.raises((DataError, ConfigError)) as error:
        loaded(source, tmp_path)
    found = error.value
    assert problem in found.problem and (where == "" or found.where.startswith(f"a.jsonl{where}")), found
    assert hint is None or hint in found.hint


def test_options_that_name_no_key(tmp_path):
    for options, path in (({"target": "x"}, "target"), ({"drop": ["x"]}, "drop.0"),
                          ({"types": {"x": "tokens"}}, "types.x"),
                          ({"labels": {"x": "z"}}, "labels.x")):
        with pytest.raises(ConfigError) as error:
            loaded(written(tmp_path, **options), tmp_path)
        assert error.value.where == f"data.source.jsonl.{path}"


def test_a_csv_source_names_this_one(tmp_path):
    with pytest.raises(DataError) as error:
        loaded(csv(tmp_path, GOOD), tmp_path)
    assert "the source `jsonl` reads JSON lines" in error.value.hint
