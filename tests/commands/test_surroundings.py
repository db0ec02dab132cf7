"""What surrounds the program may be odd: terminal, folder, settings of libraries, and the texts that it shows."""

import csv
import json
import shutil

import pytest

from tests.commands.conftest import WINE, calls

STEERS = [*map(chr, (*range(32), *range(127, 160))),
          *"\u200e\u200f\u061c\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
LABELS = ["\u202eRTL\u2069", "\x9b31mred", "=1+1", "-2"]
TEXTS = """\
data: {source: {csv: {file: t.csv, target: y, task: classification}}, split: {train: 1.0}}
network: [{linear: {units: 4}}]
loss: cross_entropy
optimizer: adam
training: {epochs: 1}
"""


@pytest.fixture
def odd(dlcli, tmp_path):
    """A run on classes whose names could steer a terminal or a spreadsheet."""
    rows = "".join(f"{i},{LABELS[i % 4]}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("x,y\n" + rows)
    (tmp_path / "t.yaml").write_text(TEXTS)
    assert dlcli("train", "t.yaml", "-q").status == 0
    return dlcli


@pytest.mark.parametrize("columns", ["9" * 5000, "0", "-1", "³", "1e3", ""])
def test_columns_that_are_no_number_count_as_none(dlcli, tmp_path, monkeypatch, columns):
    (tmp_path / "wine.yaml").write_text(WINE)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", columns)
    for arguments in (("check", "wine.yaml"), ("explain", "adam"), ("inspect-gradients", "wine.yaml", "--steps", "2")):
        result = dlcli(*arguments)
        assert result.status == 0 and "Traceback" not in result.err


def test_numbers_of_thousands_of_digits(dlcli, wine):
    for digits in ("9" * 5000, "9" * 4000, "9" * 20):
        for arguments, status in ((("evaluate", wine, "--checkpoint", digits), 5),
                                  (("predict", wine, "x.csv", "--checkpoint", digits), 5),
                                  (("evaluate", wine, "--workers", digits), 2),
                                  (("evaluate", wine, "--attack", f"pgd:1:{digits}"), 2)):
            result = dlcli(*arguments)
            assert result.status == status and "Traceback" not in result.err and len(result.err) < 1000, arguments[:-1]


def test_a_current_folder_that_is_deleted(dlcli, wine, tmp_path, monkeypatch):
    """Whatever needs no folder works; what does says so."""
    (tmp_path / "wine.yaml").write_text(WINE)
    (tmp_path / "new.csv").write_text(",".join(f"x{i}" for i in range(13)) + "\n")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    config, new, runs = tmp_path / "wine.yaml", tmp_path / "new.csv", tmp_path / "runs"
    cases = [(("--help",), 0), (("explain", "adam"), 0), (("check", config), 0), (("check", "wine.yaml"), 3),
             (("train", config, "-q"), 7), (("train", config, "-q", "training.epochs=1", "--runs", runs), 0),
             (("evaluate", wine), 0), (("evaluate", "last"), 5), (("predict", wine, "new.csv"), 7),
             (("predict", wine, new), 4), (("runs", "show", wine), 0), (("runs",), 0),
             (("inspect-gradients", wine, "--steps", "1"), 0), (("init", "images"), 7), (("compare", wine, wine), 0)]
    for arguments, status in cases:
        result = dlcli(*arguments)
        assert (result.status, "Traceback" in result.err) == (status, False), (arguments, result.err)
    assert "the current folder: it is no longer there" in dlcli("predict", wine, "new.csv").err


def test_figures_do_not_depend_on_settings_of_matplotlib(wine, tmp_path):
    shutil.copytree(wine, tmp_path / "run")
    here, plain = tmp_path / "here", tmp_path / "plain"
    here.mkdir()
    plain.mkdir()
    (here / "matplotlibrc").write_bytes(b"text.usetex: True\nsavefig.dpi: 100000\nlines.linewidth: 30\n# \xff\n")
    settings = {"MPLBACKEND": "nonsense", "MATPLOTLIBRC": str(here / "matplotlibrc")}
    drawn = []
    for folder, environment in ((here, settings), (plain, {})):
        done = calls(f"runs show {tmp_path / 'run'}", cwd=folder, environment=environment)
        assert done.returncode == 0 and done.stderr == ""
        drawn.append({path.name: path.read_bytes() for path in sorted((tmp_path / "run" / "plots").iterdir())})
    assert drawn[0] == drawn[1] and drawn[0]


def test_texts_of_users_steer_nothing(odd, tmp_path):
    for arguments in (("check", "t.yaml"), ("evaluate", "last"), ("predict", "last", "t.csv"),
                      ("evaluate", "last", "--json"),
                      ("check", "a\nb\u202e.yaml"), ("predict", "last", "a\n\x9b.csv"), ("compare", "a\nb", "last"),
                      ("train", "t.yaml", "data.source.csv.file=\u2028.csv"), ("explain", "\u202ea"),
                      ("check", "t.yaml", "--\u202ex"), ("evaluate", "last", "--split", "\x85")):
        result = odd(*arguments)
        assert not [c for c in STEERS if c != "\n" and c in result.out + result.err], arguments
    assert odd("predict", "last", "a\nb.csv").err.startswith("a\\nb.csv: no such file")
    document = odd("evaluate", "last", "--json")
    assert [row["label"] for row in document.document["per_class"]] == sorted(LABELS) and "\\u202eRTL" in document.out
    assert odd("predict", "last", "a\nb.csv", "--json").document["error"]["where"] == "a\nb.csv"


def test_texts_in_a_table_of_predictions_are_no_formulas(odd, tmp_path):
    """A number that is a class's name stays what it is."""
    from dlcli.evaluation.answers import harmless

    texts = {text: text for text in (*LABELS[:2], "-2", "+1e3", "a=b", "-.5", "")}
    texts |= {text: f"'{text}" for text in ("=1+1", "@SUM(A1)", " -x", "-1-1", "\t1", "\uff1d1")}
    assert {text: harmless(text) for text in texts} == texts and harmless(-1.5) == -1.5
    for name in ("p.csv", "p.jsonl"):
        assert odd("predict", "last", "t.csv", "-o", name).status == 0
    with open("p.csv", newline="") as file:
        found = list(csv.DictReader(file))
    exact = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [row["label"] for row in found] == [texts[row["label"]] for row in exact] and len(found) == 40
    for name in LABELS:
        assert [float(row[f"probability of {name}"]) for row in found] == [row["probabilities"][name] for row in exact]
