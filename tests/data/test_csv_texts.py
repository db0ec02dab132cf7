"""Columns of free text in tables: CSV files and JSON lines."""

import numpy as np
import pytest

from dlcli.errors import ConfigError, DataError
from dlcli.notices import listening
from tests.data.rig import csv, loaded

ROWS = 'review,stars,y\n"a fine film, really",4,pos\n"bad\nvery bad",1,neg\n,3,pos\nfine,5,pos\n'


def ids(data, field: str, split: str = "train") -> list[list[int]]:
    x = data.splits[split].inputs[field]
    return [x.row(i).tolist() for i in range(len(x))]


def test_free_text_becomes_a_field_of_its_own(tmp_path):
    data = loaded(csv(tmp_path, ROWS, types={"review": "tokens"}), tmp_path)
    review = next(column for column in data.columns if column.name == "review")
    known = review.vocabulary.tokens
    assert [[known[i] for i in row] for row in ids(data, "review")] == [
        ["a", "fine", "film", ",", "really"], ["bad", "\n", "very", "bad"], ["<unk>"], ["fine"]]
    assert data.splits["train"].lengths["review"].tolist() == [5, 4, 1, 1] and data.inputs["review"].lengths
    assert data.splits["train"].inputs["numeric"].tolist() == [[4], [1], [3], [5]]


def test_its_tokens_and_how_many_are_options(tmp_path):
    said = []
    with listening(said.append):
        data = loaded(csv(tmp_path, ROWS, types={"review": "tokens"}, drop=["stars"], tokens="characters", longest=4),
                      tmp_path)
    known = data.columns[0].vocabulary.tokens
    assert [[known[i] for i in row] for row in ids(data, "x")] == [[*"a fi"], [*"bad\n"], ["<unk>"], [*"fine"]]
    assert str(said[-1]) == "train: 2 of 4 texts are longer than 4 characters, and cut there"


def test_what_would_become_thousands_of_categories_is_met_by_a_hint(tmp_path):
    rows = "".join(f"this is text number {i} of many,{'uv'[i % 2]}\n" for i in range(50))
    with pytest.raises(DataError, match="50 different texts") as error:
        loaded(csv(tmp_path, "review,y\n" + rows), tmp_path)
    assert "`types: {review: tokens}` reads free text" in error.value.hint
    data = loaded(csv(tmp_path, "review,y\n" + rows, types={"review": "tokens"}), tmp_path)
    assert data.rows == {"train": 50} and len(data.columns[0].vocabulary) == 7 + 50
    with pytest.raises(DataError, match="line break within a cell") as error:
        loaded(csv(tmp_path, ROWS, types={"review": "one_hot"}), tmp_path)
    assert "name it under `types` as tokens" in error.value.hint


def test_a_name_without_spaces_is_no_free_text(tmp_path):
    with pytest.raises(DataError) as error:
        loaded(csv(tmp_path, "a,y\n" + "".join(f"name{i},{'uv'[i % 2]}\n" for i in range(50))), tmp_path)
    assert "tokens" not in error.value.hint


def test_texts_that_are_no_texts(tmp_path):
    with pytest.raises(DataError, match="have no token"):
        loaded(csv(tmp_path, "a,y\n ,u\n,v\n", types={"a": "tokens"}), tmp_path)
    with pytest.raises(ConfigError, match="becomes ids of tokens"):
        loaded(csv(tmp_path, ROWS, types={"review": "tokens"}), tmp_path,
               prepare=[{"impute": {"columns": ["review"]}}])


def test_the_rows_of_another_file_are_cut_alike(tmp_path):
    (tmp_path / "b.csv").write_text("review,stars,y\nnew film,1,neg\n")
    source = csv(tmp_path, ROWS, types={"review": "tokens"})
    source["csv"]["file"] = {"train": "a.csv", "test": "b.csv"}
    data = loaded(source, tmp_path)
    review = next(column for column in data.columns if column.name == "review")
    assert ids(data, "review", "test") == [[0, review.vocabulary.tokens.index("film")]]
    assert np.asarray(data.splits["test"].inputs["review"]).shape == (1, 5)
