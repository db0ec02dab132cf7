"""How errors look: file, line, column, the line, a caret under the exact span, a hint, the count; and their JSON."""

import pytest

from dlcli.config import Config, ConfigErrors, load, parse
from dlcli.errors import ConfigError, Exit, StorageError
from tests.config.rig import BASE, config, problems


def failure(text: str, overrides=()) -> ConfigErrors:
    with pytest.raises(ConfigErrors) as caught:
        config(text, overrides)
    return caught.value


def test_the_text_of_an_error():
    text = BASE.replace("units: 64}", "units: -3}", 1).replace("epochs", "epoch")
    assert str(failure(text)) == """\
c.yaml:8:21 network.0.linear.units: expected a whole number above 0 or 'auto', got -3
  8 |   - linear: {units: -3}
    |                     ^^

c.yaml:19:3 training.epoch: training has no option 'epoch'
  19 |   epoch: 20
     |   ^^^^^
  hint: did you mean 'epochs'?

2 errors"""


def test_the_json_of_an_error():
    error = failure(BASE.replace("units: 64}", "unit: 3}", 1).replace("epochs: 20", "epochs: 0"))
    document = error.document()
    assert document["error"] == {"status": 3, "where": "c.yaml:8:14 network.0.linear.unit",
                                 "problem": "linear has no option 'unit' (and 1 more)", "hint": "did you mean 'units'?"}
    assert document["errors"][1] == {"file": "c.yaml", "line": 19, "column": 11, "where": "training.epochs",
                                     "problem": "expected a whole number of at least 1, got 0", "hint": None}
    assert error.status == Exit.CONFIG and isinstance(error, ConfigError)


def test_carets_below_wide_and_combining_characters():
    line = "  monitor: {验证: é, x\u0301: 1}"
    shown = str(failure(BASE.replace("  epochs: 20", line))).split("\n")
    assert shown[2].endswith(" " * len("  monitor: ") + "^" * len("{____: é, x: 1}"))
    line = '  early_stop: {monitor: "验证e\u0301", patience: -5}'
    shown = str(failure(BASE.replace("  early_stop: {patience: 5}", line))).split("\n")
    assert (
        shown[-4] == f"  21 | {line}"
        and shown[-3] == "     | " + " " * len('  early_stop: {monitor: "____e", patience: ') + "^^"
    )


def test_a_caret_in_a_long_line():
    text = BASE.replace("seed: 1", "seed: {" + ", ".join(f"key{i}: {i}" for i in range(60)) + ", last: .nan}")
    line, caret = str(failure(text)).split("\n")[1:3]
    assert len(line) < 130 and line[caret.index("^"):].startswith(".nan") and "..." in line


def test_no_control_characters_reach_the_terminal():
    text = BASE.replace("name: digits-mlp", 'name: "a\\e[31m\\u202e\\n[/red]"')
    shown = str(failure(text))
    assert "\x1b" not in shown and "\u202e" not in shown and shown.count("\n") == 4
    shown = str(failure(BASE, ["trai\u202ening.x=1"]))
    assert "\u202e" not in shown


def test_overrides_point_into_their_own_text():
    error = failure(BASE, ["training.epochs=0", "optimizer={adam: {lr: 1}}"])
    assert str(error) == """\
override 'training.epochs=0' training.epochs: expected a whole number of at least 1, got 0
  | training.epochs=0
  |                 ^

override 'optimizer={adam: {lr: 1}}' optimizer.adam.lr: adam has no option 'lr'
  | optimizer={adam: {lr: 1}}
  |                   ^^
  hint: did you mean 'learning_rate'?

2 errors"""
    assert [(p["file"], p["line"], p["column"]) for p in error.document()["errors"]] == [
        ("override 'training.epochs=0'", None, 17), ("override 'optimizer={adam: {lr: 1}}'", None, 19)]


def test_errors_of_the_file_come_first():
    error = failure(BASE.replace("epochs: 20", "epochs: 0"), ["seed=-1"])
    assert [p.path for p in error.problems] == ["training.epochs", "seed"]


def test_the_same_config_gives_the_same_text():
    text = BASE.replace("units", "unit").replace("64", "x")
    assert str(failure(text)) == str(failure(text))


def test_only_the_first_hundred_are_shown():
    text = BASE.replace("prepare: [standardize]", "prepare: [" + "x, " * 149 + "x]")
    error = failure(text)
    assert len(error.problems) == 150 and str(error).endswith("150 errors, the first 100 shown")


@pytest.fixture
def good() -> Config:
    return config(BASE.replace("    name: hidden\n", "").replace("hidden", "linear1"))


@pytest.mark.parametrize(
    "path, place",
    [
        ("network.0", (8, 5)),
        ("network.1", (9, 5)),
        ("network.linear2", (10, 5)),
        ("network.linear2.linear.units", (10, 21)),
        ("network.linear2.linear.bias", (10, 5)),
        ("network.add1.from.1", (13, 19)),
        ("training.epochs", (18, 11)),
        ("training.dtype", (17, 1)),
        ("training", (17, 1)),
        ("data.split.test", (5, 47)),
        ("optimizer.adam.learning_rate", (16, 35)),
        ("loss", (15, 7)),
        ("loss.cross_entropy", (15, 7)),
        ("nothing.like.it", (1, 1)),
        ("metrics.0", (1, 1)),
        ("network.99", (7, 1)),
        ("data.prepare.0", (6, 13)),
        ("data.prepare.0.standardize", (6, 13)),
    ],
)
def test_positions_of_paths(good, path, place):
    line, column, source = good.position(path)
    assert (line, column) == place
    assert source == good.text.decode().split("\n")[line - 1]


def test_an_error_found_later(good):
    error = good.error_at("network.linear2.linear.units", "expected 10 units, one per class, got 64", "write 10")
    assert str(error).startswith(
        "c.yaml:10:21 network.linear2.linear.units: expected 10 units, one per class, got 64\n  10 |"
    )
    assert good.position("network.relu1.relu.slope")[0] == 9
    assert good.tree.value["network"].value[1].value == "relu"          # asking changes nothing


def test_positions_after_overrides():
    changed = config(BASE, ["network.hidden.linear.units=32", "training.dtype=float64"])
    assert changed.position("network.hidden.linear.units") == (None, 29, "network.hidden.linear.units=32")
    assert str(changed.error_at("training.dtype", "x")).startswith(
        "override 'training.dtype=float64' training.dtype: x"
    )


def test_files(tmp_path):
    path = tmp_path / "my config.yaml"
    path.write_text(BASE.replace("name: digits-mlp\n", ""))
    found = load(path, ["seed=7"])
    assert (found.name, found.seed, found.path, found.folder) == ("my-config", 7, path, tmp_path)
    assert found.text == path.read_bytes()
    with pytest.raises(ConfigError, match="did you mean '.*my config.yaml'"):
        load(tmp_path / "my confg.yaml")
    (tmp_path / "b9.yaml").touch()
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "nope.yaml")
    assert caught.value.hint is None
    with pytest.raises(ConfigError, match="folder"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "a" / "b.yaml")
    with pytest.raises(StorageError):
        load(str(tmp_path / "a\0b"))


@pytest.mark.parametrize(
    "name, run",
    [
        ("digits.yaml", "digits"),
        ("..yaml", "run"),
        ("-x y!.yml", "x-y-"),
        ("ü.yaml", "run"),
        ("a" * 99 + ".yaml", "a" * 64),
    ],
)
def test_a_run_is_called_like_its_file(name, run):
    assert parse(BASE.replace("name: digits-mlp\n", "").encode(), name).name == run


def test_warnings():
    lost = config(BASE.replace("[relu2, hidden]", "[relu1, hidden]"))
    assert [(w.line, w.path, w.problem) for w in lost.warnings] == [(12, "network.3", "nothing reads relu2")]
    assert problems(BASE) == []
