"""Configs that are proposed for a user's own data: each passes the check and trains; and data that are refused."""

import wave

import numpy as np
import pytest

from dlcli import api
from dlcli.errors import DlcliError

QUICK = ("training.epochs=1", "~training.early_stop")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, task, *data, **options):
    """The text of a config that has been trained for an epoch."""
    found = api.init(task, "own.yaml", data=data, force=True, **options)
    assert found["found"] and api.check("own.yaml")["errors"] == []
    quick = QUICK if "early_stop" in (folder / "own.yaml").read_text() else QUICK[:1]
    assert api.train("own.yaml", quick, parallel="serial")["status"] == "completed"
    return (folder / "own.yaml").read_text()


def test_a_running_text(folder):
    rng = np.random.default_rng(0)
    text = " ".join(rng.choice(["to", "be", "or", "not", "zoé"], 900)) + "\n"
    (folder / "a.txt").write_text(text)
    config = written(folder, "text", "a.txt")
    assert "file: \"a.txt\"" in config and "carry: true" in config and f"{len(text):,} characters" in config
    (folder / "both").mkdir()
    for name in ("b.txt", "c.txt"):
        (folder / "both" / name).write_text(text)
    config = written(folder, "text", "both")
    assert "both/b.txt" in config and "both/c.txt" in config and f"2 files, {2 * len(text):,} characters" in config


def rows():
    rng = np.random.default_rng(0)
    said = ["a fine film , and funny", "a bad film with no end"]
    return [(i, f"{said[label]} {rng.integers(5)}", ["up", "down"][label])
            for i, label in enumerate(rng.integers(0, 2, 60))]


def test_texts_with_a_class(folder):
    for label in ("up", "down"):
        (folder / f"{label}.txt").write_text("".join(f"{text}\n" for _, text, own in rows() if own == label))
        (folder / "set" / label).mkdir(parents=True)
        for i, text, own in rows():
            if own == label:
                (folder / "set" / label / f"{i}.txt").write_text(text)
    assert "files: {up: " in written(folder, "text", "up=up.txt", "down=down.txt")
    assert "files: set\n" in written(folder, "text", "set")
    (folder / "a.csv").write_text("id;text;class\n" + "".join(f"{i};{text};{own}\n" for i, text, own in rows()))
    config = written(folder, "text", "a.csv")
    assert 'delimiter: ";"' in config and "target: class\n" in config
    assert "types: {text: tokens}" in config and "drop: [id]" in config
    (folder / "a.jsonl").write_text("".join(
        f'{{"body": "{text}", "stars": {len(own)}, "n": {i}}}\n' for i, text, own in rows()))
    config = written(folder, "text", "a.jsonl", target="stars")
    assert "jsonl:" in config and "task: classification" in config and "drop: [n]" in config


def test_a_series(folder):
    steps = np.arange(400)
    sales = 10 + np.sin(steps / 7 * 2 * np.pi) + steps / 100
    days = np.datetime64("2020-01-01") + steps
    (folder / "a.csv").write_text("day,price,sales\n" + "".join(
        f"{day},{i % 5},{value:.2f}\n" for i, (day, value) in enumerate(zip(days, sales)) if i != 50))
    config = written(folder, "series", "a.csv")
    for line in ("time: day", "target: sales", "horizon: 7", "window: 14", "inputs: [price, sales]", "gaps: fill",
                 "calendar: [weekday, day_of_year]", "400 steps, 1 day apart, from 2020-01-01 to 2021-02-03"):
        assert line in config, line
    assert "target: price" in written(folder, "series", "a.csv", target="price")
    for form in ("%d/%m/%Y", "%m/%d/%Y"):       # each could be the other, but for the spacing
        (folder / "c.csv").write_text("when;sales\n" + "".join(
            f"{month.item().strftime(form)};{value:.2f}\n"
            for month, value in zip(np.datetime64("2001-01") + np.arange(120), sales)))
        config = written(folder, "series", "c.csv")
        assert f'time_format: "{form}"' in config and "120 steps, 1 month apart" in config
    (folder / "b.csv").write_text("a\tb\n" + "".join(f"{value:.2f}\tx\n" for value in sales))
    config = written(folder, "series", "b.csv")
    assert "No column of times" in config and "      time:" not in config and 'delimiter: "\\t"' in config


def test_recordings(folder):
    pytest.importorskip("soundfile")
    rng = np.random.default_rng(0)
    names = [f"{word}_{who}_{i}.wav" for word in ("yes", "no") for who in ("ann", "bob") for i in range(6)]
    for place in (folder / "flat", *(folder / "by" / word for word in ("yes", "no"))):
        place.mkdir(parents=True)
    for name in names:
        for path in (folder / "flat" / name, folder / "by" / name.split("_")[0] / name):
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes((3000 * rng.standard_normal(1600)).astype("<i2").tobytes())
    config = written(folder, "sound", "flat")
    assert 'label: "{label}_{part2}_{part3}"' in config and "# test: {part2: ann}" in config
    assert "2 classes, 'no', 'yes'; at least 12 of each" in config
    assert "label:" not in written(folder, "sound", "by")


BAD = {
    "empty.txt": b"", "blank.txt": b" \n\n", "short.txt": b"abc",
    "latin.txt": "Zoë über alles\n".encode("latin-1") * 99,
    "header.csv": b"day,sales\n", "words.csv": b"a,b\nx,y\nz,w\n",
    "unsorted.csv": b"day,sales\n2020-01-02,1\n2020-01-01,2\n" + b"2020-02-03,3\n" * 9,
    "two.csv": b"day,sales\n2020-01-01,1\n2020-01-02,2\n",
    "nan.csv": b"day,sales\n" + b"".join(b"2020-01-%02d,nan\n" % i for i in range(1, 30)),
}


@pytest.mark.parametrize("task, data, target, said", [
    ("text", ["empty.txt"], None, "holds no text"),
    ("text", ["blank.txt"], None, "holds no text"),
    ("text", ["short.txt"], None, "too short"),
    ("text", ["latin.txt"], None, "is not utf-8"),
    ("text", ["nowhere.txt"], None, "no such file"),
    ("text", ["folder"], None, "holds no .txt file"),
    ("text", ["up=short.txt"], None, "is the only class"),
    ("text", ["up=short.txt", "blank.txt"], None, "expected a class and its file"),
    ("text", ["words.csv"], None, "has no column of texts"),
    ("text", ["short.txt"], "x", "is for tables"),
    ("series", ["header.csv"], None, "has no rows"),
    ("series", ["words.csv"], None, "has no column of numbers"),
    ("series", ["words.csv", "two.csv"], None, "is looked at alone"),
    ("series", ["two.csv"], None, ""),
    ("series", ["two.csv"], "sale", "has no column 'sale'"),
    ("series", ["two.csv"], "day", "no column of numbers"),
    ("series", ["unsorted.csv"], None, "comes after"),
    ("series", ["nan.csv"], None, ""),
    ("series", ["folder"], None, ""),
    ("sound", ["folder"], None, ""),
    ("sound", ["short.txt"], None, ""),
    ("sound", [], None, "is written for data of yours"),
    ("regression", ["two.csv"], None, "is a starter"),
    ("texts", ["short.txt"], None, "no such starter"),
])
def test_data_for_which_there_is_no_config(folder, task, data, target, said):
    (folder / "folder").mkdir()
    for name, content in BAD.items():
        (folder / name).write_bytes(content)
    with pytest.raises(DlcliError) as error:
        api.init(task, "own.yaml", data=data or None, target=target)
    assert said in error.value.problem, error.value
    assert not (folder / "own.yaml").exists()
