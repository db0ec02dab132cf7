"""dlcli predict"""

import csv
import gc
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from dlcli.cli import main
from tests.commands.test_evaluate import rows


def test_the_document_of_classes(dlcli, wine, tmp_path):
    document = dlcli("predict", wine, rows(tmp_path, target=False), "--json").document
    assert list(document) == ["run", "status", "predictions", "warnings"] and len(document["predictions"]) == 40
    for row in document["predictions"]:
        assert list(row) == ["label", "probability", "probabilities"] and len(row["probabilities"]) == 3
        assert row["probability"] == max(row["probabilities"].values()) == row["probabilities"][row["label"]]
        assert abs(sum(row["probabilities"].values()) - 1) < 1e-5


def test_predictions_are_those_that_evaluate_judges(dlcli, wine, tmp_path):
    path = rows(tmp_path)
    accuracy = dlcli("evaluate", wine, "--data", path, "--json").document["metrics"]["accuracy"]
    labels = [row["label"] for row in dlcli("predict", wine, path, "--json").document["predictions"]]
    with open(path) as file:
        truth = [row["class"] for row in csv.DictReader(file)]
    assert np.mean([a == b for a, b in zip(labels, truth)]) == accuracy


def test_values_are_in_the_users_units(dlcli, diabetes, tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((3, 10)))
    document = dlcli("predict", diabetes, "rows.npy", "--json").document
    assert [list(row) for row in document["predictions"]] == [["value"]] * 3
    np.save(tmp_path / "one.npy", np.zeros((1, 10)))
    assert "1 row\n" in dlcli("predict", diabetes, "one.npy").out
    assert len({row["value"] for row in document["predictions"]}) == 1 and abs(document["predictions"][0]["value"]) > 1


def test_output_to_csv_and_jsonl(dlcli, wine, tmp_path):
    path = rows(tmp_path)
    expected = dlcli("predict", wine, path, "--json", "-o", "out.jsonl").document["predictions"]
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()] == expected
    result = dlcli("predict", wine, path, "-o", "out.csv")
    assert "40 rows, the first 20 shown; all of them in out.csv" in result.out
    with open(tmp_path / "out.csv") as file:
        written = list(csv.DictReader(file))
    assert [row["label"] for row in written] == [row["label"] for row in expected]
    assert float(written[0]["probability"]) == expected[0]["probability"]


def test_what_cannot_be_read_or_written(dlcli, wine, tmp_path):
    assert dlcli("predict", wine, "no.csv").status == 4
    assert dlcli("predict", wine, rows(tmp_path), "-o", "out.xlsx").status == 2
    assert "a class at each pixel" in dlcli("predict", wine, rows(tmp_path), "-o", "out.png").err
    assert dlcli("predict", wine, rows(tmp_path), "-o", "/proc/none/out.csv").status == 7
    for place in ("no/out.csv", "/proc/out.csv"):
        failed = dlcli("predict", wine, tmp_path / "rows.csv", "-o", place)
        assert (
            failed.status == 7 and place in failed.err and "--runs" not in failed.err and " 0 bytes" not in failed.err
        )
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    other = dlcli("predict", wine, "other.csv")
    assert other.status == 4 and "other.csv" in other.err


def test_texts_that_the_run_has_not_seen_are_told(dlcli, tmp_path):
    (tmp_path / "t.csv").write_text("colour,y\n" + "".join(f"{'rgb'[i % 3]},{'ab'[i % 2]}\n" for i in range(40)))
    (tmp_path / "t.yaml").write_text("data: {source: {csv: {file: t.csv, target: y}}, split: {train: 1.0}}\n"
                                     "network: [{linear: {units: 2}}]\nloss: cross_entropy\noptimizer: adam\n")
    assert dlcli("train", "t.yaml", "--quiet").status == 0
    (tmp_path / "new.csv").write_text('colour\nr\npink\n""\npink\n')
    result = dlcli("predict", "last", "new.csv", "--json")
    assert len(result.document["predictions"]) == 4 and result.err.count("\n") == 1
    assert "not trained on" in result.err and "column 'colour' has an empty cell and 'pink' in 3 rows" in result.err
    assert dlcli("predict", "last", "t.csv").err == ""


def test_labels_cannot_steer_the_terminal(dlcli, tmp_path):
    names = ["[/foo]", "\x1b]0;owned\x07"]
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i},{names[i % 2]}\n" for i in range(40)))
    (tmp_path / "t.yaml").write_text("data: {source: {csv: {file: t.csv, target: y}}, split: {train: 1.0}}\n"
                                     "network: [{linear: {units: 2}}]\nloss: cross_entropy\noptimizer: adam\n")
    assert dlcli("train", "t.yaml", "--quiet").status == 0
    for result in (dlcli("predict", "last", "t.csv"), dlcli("evaluate", "last")):
        assert result.status == 0 and "[/foo]" in result.out and "\x1b" not in result.out + result.err


DIGITS = """\
data:
  source: digits
  split: {train: 0.8, test: 0.2}
  prepare: [{standardize: {per: all}}]
  augment: [{crop: {padding: 1}}]
network: [{linear: {units: 64}}, relu, {linear: {units: 10}}]
loss: cross_entropy
optimizer: {adam: {learning_rate: 0.01}}
training: {epochs: 6, batch_size: 64}
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    """A run on 8x8 pictures, and pictures of the first ten digits beside it."""
    from PIL import Image

    from dlcli.data.formats.idx import read_idx
    from dlcli.data.sources._embedded import embedded

    folder, before = tmp_path_factory.mktemp("digits"), Path.cwd()
    (folder / "digits.yaml").write_text(DIGITS)
    for i, ink in enumerate(read_idx(embedded("digits-images.idx.gz"), "digits")[:10]):
        Image.fromarray((ink * (255 / 16)).astype(np.uint8)).resize((80, 80), Image.Resampling.NEAREST).save(
            folder / f"{i}.png"
        )
    try:
        os.chdir(folder)
        assert main(["train", "digits.yaml", "--quiet"]) == 0
    finally:
        os.chdir(before)
        gc.enable()
    return folder


def run_of(digits: Path) -> Path:
    return next((digits / "runs").iterdir())


def test_a_picture_is_named_with_its_probability(dlcli, digits):
    result = dlcli("predict", run_of(digits), digits / "7.png")
    first, heading, best, *_ = result.out.splitlines()
    assert result.status == 0 and result.err == ""
    assert re.fullmatch(rf"{digits}/7.png: (over )?\d+(\.\d)? % sure this is a 7", first)
    assert heading.split() == ["class", "probability"] and best.split()[0] == "7" and len(result.out.splitlines()) == 7


def test_several_pictures_and_their_documents(dlcli, digits, tmp_path):
    names = [digits / f"{i}.png" for i in range(10)]
    rows = dlcli("predict", run_of(digits), *names, "--json", "-o", "out.csv").document["predictions"]
    assert [row["file"] for row in rows] == [str(name) for name in names]
    assert sum(row["label"] == str(i) for i, row in enumerate(rows)) >= 9
    with open(tmp_path / "out.csv") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [str(name) for name in names]
    assert dlcli("predict", run_of(digits), *names).out.count(" sure this is ") == 10


def test_a_folder_of_pictures(dlcli, digits, tmp_path, monkeypatch):
    (tmp_path / "new" / "more").mkdir(parents=True)
    for i, name in ((4, "b.png"), (3, "more/a.PNG"), (1, ".hidden.png")):
        (tmp_path / "new" / name).write_bytes((digits / f"{i}.png").read_bytes())
    (tmp_path / "new" / "notes.txt").touch()
    found = dlcli("predict", run_of(digits), "new", digits / "7.png", "--json").document["predictions"]
    assert [(row["file"], row["label"]) for row in found] == [
        ("new/b.png", "4"),
        ("new/more/a.PNG", "3"),
        (str(digits / "7.png"), "7"),
    ]
    (tmp_path / "empty").mkdir()
    assert dlcli("predict", run_of(digits), "empty").status == 4
    (tmp_path / "new").rename(tmp_path / "empty" / "new")
    monkeypatch.setenv("DLCLI_DATA", str(tmp_path / "empty"))
    found = dlcli("predict", run_of(digits), "new", "--json").document["predictions"]
    assert [row["file"] for row in found] == ["new/b.png", "new/more/a.PNG"]


def test_a_zip_file_of_pictures(dlcli, digits, tmp_path):
    """As a folder of the same: names in all that is printed and written, and --invert."""
    import shutil

    (tmp_path / "new").mkdir()
    for i in (3, 7):
        shutil.copy(digits / f"{i}.png", tmp_path / "new")
    shutil.make_archive("new", "zip", "new")
    for options in ([], ["--invert"]):
        packed, plain = (
            dlcli("predict", run_of(digits), name, "--json", "-o", "z.csv", *options).document
            for name in ("new.zip", "new")
        )
        assert [row["file"] for row in packed["predictions"]] == ["new.zip/3.png", "new.zip/7.png"]
        assert [row | {"file": ""} for row in packed["predictions"]] == [
            row | {"file": ""} for row in plain["predictions"]
        ]
    assert (tmp_path / "z.csv").read_text().startswith("file,label,probability")
    assert dlcli("predict", run_of(digits), "new.zip").out.startswith("new.zip/3.png: ")


def test_a_zip_file_is_one_of_rows_for_a_run_of_csv(dlcli, tmp_path):
    import zipfile

    text = "a,y\n" + "".join(f"{i},{i % 2}\n" for i in range(20))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("x.csv", text)
    (tmp_path / "c.yaml").write_text("data: {source: {csv: {file: x.zip, target: y}}}\nnetwork: [linear: {units: 2}]\n"
                                     "loss: cross_entropy\noptimizer: sgd\ntraining: {epochs: 1}\n")
    assert dlcli("train", "c.yaml", "--workers", 1).status == 0
    run = run_of(tmp_path)
    assert len(dlcli("predict", run, "x.zip", "--json").document["predictions"]) == 20
    assert dlcli("evaluate", run, "--data", "x.zip", "--allow-seen", "--json").document["samples"] == 20


def test_of_many_pictures_the_first_are_printed(dlcli, digits, tmp_path):
    names = [digits / f"{i % 10}.png" for i in range(25)]
    out = dlcli("predict", run_of(digits), *names).out
    assert out.count(" sure this is ") == 20 and out.endswith(
        "25 pictures, the first 20 shown; -o FILE writes all of them\n"
    )
    assert dlcli("predict", run_of(digits), *names, "-o", "all.csv").out.endswith(
        "the first 20 shown; all of them in all.csv\n"
    )
    with open(tmp_path / "all.csv") as file:
        assert len(list(csv.DictReader(file))) == 25


def test_a_broken_picture_does_not_stop_the_others(dlcli, digits, tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    result = dlcli("predict", run_of(digits), digits / "3.png", "a.png", digits / "7.png", "--json", "-o", "out.csv")
    assert (
        result.status == 4
        and "warning: a.png: " in result.err
        and "1 of 3 pictures could not be read: exit status 4" in result.err
    )
    assert [(row["file"], row["label"]) for row in result.document["predictions"]] == [
        (f"{digits}/3.png", "3"),
        (f"{digits}/7.png", "7"),
    ]
    assert [row["file"] for row in result.document["unreadable"]] == ["a.png"]
    with open(tmp_path / "out.csv") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["3", "7"]
    sound = dlcli("predict", run_of(digits), digits / "3.png", "--json")
    assert sound.status == 0 and sound.document["unreadable"] == []


def test_ink_on_paper_needs_to_be_turned_round(dlcli, digits, tmp_path):
    from PIL import Image, ImageOps

    ImageOps.invert(Image.open(digits / "3.png")).convert("RGB").save(tmp_path / "paper.jpg", quality=95)
    plain = dlcli("predict", run_of(digits), "paper.jpg", "--json")
    assert "--invert turns light and dark round" in plain.err
    turned = dlcli("predict", run_of(digits), "paper.jpg", "--invert", "--json")
    assert turned.err == "" and turned.document["predictions"][0]["label"] == "3"


def test_pictures_that_cannot_be_predicted(dlcli, digits, wine, tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    broken = dlcli("predict", run_of(digits), "a.png", "--json")
    assert broken.status == 4 and broken.document["error"]["where"] == "a.png"
    assert dlcli("predict", wine, digits / "1.png").status == 4
    assert dlcli("predict", run_of(digits), digits / "1.png", "rows.csv").status == 2
    assert dlcli("predict", wine, "a.csv", "b.csv").status == 2
    assert dlcli("predict", wine, rows(tmp_path), "--invert").status == 2


def test_quiet_reaches_the_reading_of_data(dlcli, tmp_path, monkeypatch):
    """A file among pictures is passed over: said, unless nothing is to be said."""
    from PIL import Image

    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    for name in ("cat", "dog"):
        (tmp_path / "set" / name).mkdir(parents=True)
        Image.new("L", (4, 4), len(name)).save(tmp_path / "set" / name / "1.png")
    (tmp_path / "set" / "notes.txt").touch()
    (tmp_path / "c.yaml").write_text(
        "data: {source: {image_folder: {path: set}}}\nnetwork: [flatten, {linear: {units: 2}}]\n"
        "loss: cross_entropy\noptimizer: {sgd: {learning_rate: 0.1}}\n"
    )
    assert "1 file passed over" in dlcli("check", "c.yaml").err
    assert "passed over" not in dlcli("check", "c.yaml", "--quiet").err
    assert "1 file passed over" in dlcli("check", "c.yaml").err
