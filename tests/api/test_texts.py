"""Texts from the config to their classes: training, evaluation of other files, prediction of sentences."""

import json

import pytest

from dlcli import api
from dlcli.errors import DataError, UsageError
from dlcli.notices import listening
from dlcli.terminal import evaluation, predictions
from tests.training.test_buckets import LSTM, config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One run for all tests."""
    folder = tmp_path_factory.mktemp("texts")
    return folder, api.train(config(folder, LSTM), ["training.epochs=40", "data.split={validation: 0.2, test: 0.2}"],
                             runs=folder / "runs")["run"]


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("up", "down"):
        (tmp_path / f"{name}.txt").write_bytes((trained[0] / f"{name}.txt").read_bytes())
    return trained[1]


def heard(*args, **options) -> tuple[dict, list[str]]:
    said = []
    with listening(said.append):
        return api.predict(*args, **options), list(map(str, said))


def test_sentences_are_predicted_by_class(run, tmp_path, capsys):
    found, said = heard(run, ["so very good", "a weak plot , great", " bad "], output="p.csv")
    assert [row["text"] for row in found["predictions"]] == ["so very good", "a weak plot , great", "bad"]
    assert [row["label"] for row in found["predictions"]][::2] == ["up", "down"]
    for row in found["predictions"]:
        assert row["probability"] == max(row["probabilities"].values()) > 0.5
        assert sum(row["probabilities"].values()) == pytest.approx(1)
    assert said[-1] == "not known from training: 'a', 'plot', ','"
    predictions.show(found, None)
    assert capsys.readouterr().out.split()[:3] == ["text", "prediction", "probability"]
    assert (tmp_path / "p.csv").read_text().splitlines()[0].startswith("text,label,probability")
    assert heard(run, "so very good")[0]["predictions"] == found["predictions"][:1], "alone as beside others"
    _, said = heard(run, ["xyzzy"])
    assert any("count as none of the known ones: column 'text' has 'xyzzy'" in each for each in said)


def test_a_line_each_of_a_file(run, tmp_path):
    (tmp_path / "new.txt").write_text("so very good\n\nbad\n")
    found, said = heard(run, "new.txt")
    assert [(row["text"], row["label"]) for row in found["predictions"]] == [("so very good", "up"), ("bad", "down")]
    assert "new.txt: 1 empty line passed over" in said
    (tmp_path / "new.csv").write_text("text,other\nso very good,1\nbad,2\n")
    rows = heard(run, "new.csv")[0]["predictions"]
    assert [row["probability"] for row in rows] == pytest.approx([row["probability"] for row in found["predictions"]])


@pytest.mark.parametrize("inputs, error, problem", [
    (["no.txt"], DataError, "no such file"),
    (["new.txt", "some text"], UsageError, "one file is read"),
    (["some text", "  "], UsageError, "there is nothing to predict"),
    (["empty.txt"], DataError, "holds no text"),
    (["bad.txt"], DataError, "is not utf-8"),
    ([], UsageError, "nothing to predict"),
])
def test_what_is_no_text(run, tmp_path, inputs, error, problem):
    for name, data in (("new", b"good\n"), ("empty", b" \n\n"), ("bad", b"go\xffod")):
        (tmp_path / f"{name}.txt").write_bytes(data)
    with pytest.raises(error) as found:
        api.predict(run, inputs)
    assert problem in str(found.value)


def test_other_texts_with_classes_are_evaluated(run, tmp_path):
    for name, text in (("up", "so great\nvery fine\n"), ("down", "so weak\n\npoor poor\n")):
        (tmp_path / f"new-{name}.txt").write_text(text)
        (tmp_path / "set" / name).mkdir(parents=True)
        for i, line in enumerate(text.split("\n")):
            (tmp_path / "set" / name / f"{i}.txt").write_text(line)
    (tmp_path / "new.csv").write_text("class,text\nup,so great\nup,very fine\ndown,so weak\ndown,poor poor\n")
    found = [api.evaluate(run, data=data) for data in
             (["up=new-up.txt", "down=new-down.txt"], "set", "new.csv")]
    for each in found:
        assert each["samples"] == 4 and each["metrics"]["loss"] == pytest.approx(found[0]["metrics"]["loss"], rel=1e-5)
    assert found[0]["metrics"]["accuracy"] == 1
    json.dumps(found[0], default=str)


@pytest.mark.parametrize("data, error, problem", [
    (["up=new.txt", "sideways=new.txt"], DataError, "the training split has no class 'sideways'"),
    (["up=new.txt", "new.txt"], UsageError, "expected a class and its file"),
    (["up=new.txt", "up=new.txt"], UsageError, "each class once"),
    (["new.txt"], DataError, "nothing tells their classes"),
    (["up=never.txt"], DataError, "no such file"),
])
def test_what_has_no_classes(run, tmp_path, data, error, problem):
    (tmp_path / "new.txt").write_text("good\n")
    with pytest.raises(error) as found:
        api.evaluate(run, data=data)
    assert problem in str(found.value)


def test_evaluated_by_length(run, tmp_path, capsys):
    """Each group as those rows alone; all of them together are all rows."""
    rows = [("up", "good"), ("down", "bad"), ("up", "so good"), ("down", "so good"), ("down", "very poor bad weak a")]
    (tmp_path / "new.csv").write_text("class,text\n" + "".join(f"{label},{text}\n" for label, text in rows))
    found = api.evaluate(run, data="new.csv")
    groups = found["by_length"]
    assert [(group["length"], group["rows"]) for group in groups] == [("1", 2), ("2", 2), ("5", 1)]
    for length, group in zip((1, 2, 5), groups):
        own = [row for row in rows if len(row[1].split()) == length]
        (tmp_path / "own.csv").write_text("class,text\n" + "".join(f"{label},{text}\n" for label, text in own))
        alone = api.evaluate(run, data="own.csv", allow_seen=True)
        assert group["accuracy"] == alone["metrics"]["accuracy"] and "by_length" not in alone
    evaluation.show(found)
    assert ["length", "rows", "accuracy"] in [line.split() for line in capsys.readouterr().out.splitlines()]


def test_training_texts_are_no_test(run):
    with pytest.raises(DataError, match="were trained on"):
        api.evaluate(run, data=["up=up.txt", "down=down.txt"])
    found = api.evaluate(run, data=["down=down.txt"])
    assert found["seen"] and any("are equal to rows that were trained on" in said for said in found["warnings"])
    assert api.evaluate(run, data=["up=up.txt", "down=down.txt"], allow_seen=True)["seen"] > 0
