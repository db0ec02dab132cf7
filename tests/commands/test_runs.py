"""dlcli runs, compare, explain, schema, init"""

import re
import shutil

import pytest
import yaml

from tests.commands.conftest import WINE


def test_runs_lists_runs(dlcli, folder, wine, diabetes):
    result = dlcli("runs", "--runs", folder / "runs")
    assert wine.name in result.out and diabetes.name in result.out and "completed" in result.out
    rows = dlcli("runs", "--runs", folder / "runs", "--json").document["runs"]
    assert {row["name"] for row in rows} == {wine.name, diabetes.name} and rows[0]["metrics"]["train"]["loss"] > 0


def test_no_runs_are_no_error(dlcli):
    assert "No runs in runs" in dlcli("runs").out and dlcli("runs", "--json").document == {"runs": []}
    assert dlcli("runs", "--runs", "nowhere").status == 5


def test_a_folder_that_is_no_run_is_listed_as_unreadable(dlcli, tmp_path):
    (tmp_path / "runs" / "odd").mkdir(parents=True)
    assert "unreadable" in dlcli("runs").out


def test_show_draws_curves_and_writes_pictures(dlcli, wine, tmp_path):
    shutil.copytree(wine, tmp_path / "runs" / wine.name)
    result = dlcli("runs", "show", "wine")
    assert "Loss" in result.out and "Accuracy" in result.out and "┌" in result.out and "\x1b" not in result.out
    pictures = tmp_path / "runs" / wine.name / "plots"
    assert {"loss.png", "accuracy.png", "learning_rate.png", "gradient_norm.png"} <= {
        p.name for p in pictures.iterdir()
    }
    shutil.rmtree(pictures)
    document = dlcli("runs", "show", wine.name, "--json", "--no-plots").document
    assert len(document["history"]) == 8 and document["plots"] == [] and not pictures.exists()
    assert dlcli("runs", "--json", "show", wine.name, "--no-plots").document == document


def test_one_epoch_is_one(dlcli, tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)
    dlcli("train", "wine.yaml", "training.epochs=1", "training.batch_size=all")
    assert "\n1 epoch, 1 step, 139 parameters, seed 0\n" in dlcli("runs", "show", "last", "--no-plots").out


def test_a_run_that_cannot_be_written_to_is_shown_without_pictures(dlcli, wine, tmp_path, monkeypatch):
    from dlcli.storage import atomic

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    shutil.copytree(wine, tmp_path / "runs" / wine.name)
    monkeypatch.setattr(atomic.ops, "open", refuse)
    result = dlcli("runs", "show", "last")
    assert (
        result.status == 0
        and "Loss" in result.out
        and "no pictures" in result.err
        and "permission denied" in result.err
    )
    assert dlcli("runs", "show", "last", "--json").document["plots"] == []


def test_a_run_is_found_by_path_name_beginning_and_last(dlcli, folder, wine, diabetes):
    runs = ("--runs", folder / "runs", "--json", "--no-plots")
    for name in (wine, wine.name, "wine", f"{wine}/"):
        assert dlcli("runs", "show", name, *runs).document["run"].rstrip("/").endswith(wine.name)
    assert dlcli("runs", "show", "last", *runs).document["run"].endswith(diabetes.name)


def test_a_beginning_of_several_runs_is_an_error_that_names_them(dlcli, wine, tmp_path):
    for end in ("aaaa", "bbbb"):
        shutil.copytree(wine, tmp_path / "runs" / f"wine-{end}")
    result = dlcli("evaluate", "wine")
    assert result.status == 5 and "2 runs in runs begin so" in result.err and "wine-aaaa and wine-bbbb" in result.err


@pytest.mark.parametrize("name", ["nosuch", "last", "..", "/", "\x1b[31m", "a\x00b", "x" * 300])
def test_no_such_run(dlcli, name):
    result = dlcli("evaluate", name)
    assert result.status == 5 and "Traceback" not in result.err and "\x1b" not in result.err


SWAPPED = [
    (["evaluate", "c.yaml"], 5, "`dlcli train c.yaml` makes one"),
    (["predict", "c.yaml", "a.csv"], 5, "a config, and a run is wanted"),
    (["resume", "./c.yaml"], 5, "a config, and a run is wanted"),
    (["runs", "show", "c.yaml"], 5, "a config"),
    (["compare", "c.yaml", "last"], 5, "a config"),
    (["explain-prediction", "c.yaml", "--row", "1"], 5, "a config"),
    (["train", "c.yaml", "init_from.run=c.yaml"], 5, "a config, and a run is wanted"),
    (["evaluate", "a.csv"], 5, "a run is a folder"),
    (["evaluate", "runs"], 5, "`last --runs runs`"),
    (["evaluate", "RUN/run.json"], 5, "a part of runs/wine-"),
    (["evaluate", "RUN/checkpoints/last.json"], 5, "a part of runs/wine-"),
    (["evaluate", "RUN/config.yaml"], 5, "a part of runs/wine-"),
    (["train", "RUN"], 3, "this is a run, and a config is wanted"),
    (["check", "RUN"], 3, "`dlcli resume runs/wine-"),
    (["train", "last"], 3, "`last` names a run"),
    (["train", "c.yaml", "init_from.run=nosuch"], 5, "init_from.run: runs/nosuch: no such run"),
    (["check", "c.yaml", "init_from.run=/etc"], 5, "init_from.run"),
]


@pytest.mark.parametrize("arguments, status, says", SWAPPED, ids=[" ".join(case[0]) for case in SWAPPED])
def test_a_run_where_a_config_is_wanted_and_the_reverse(dlcli, wine, tmp_path, arguments, status, says):
    shutil.copytree(wine, tmp_path / "runs" / wine.name)
    (tmp_path / "c.yaml").write_text(WINE)
    (tmp_path / "a.csv").write_text("1,2\n")
    result = dlcli(*(argument.replace("RUN", f"runs/{wine.name}") for argument in arguments))
    assert result.status == status and says in result.err and "Errno" not in result.err


def test_help_names_all_ways_to_name_a_run(dlcli):
    for command in ("evaluate", "resume", "compare"):
        said = " ".join(dlcli(command, "--help").out.split())
        assert "a beginning of that name, or `last`" in said


def test_compare(dlcli, tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)
    runs = [
        dlcli(
            "train", "wine.yaml", f"seed={seed}", f"network.linear1.linear.units={8 * seed}", "--json", "--quiet"
        ).document["run"]
        for seed in (1, 2)
    ]
    document = dlcli("compare", *runs, "--json").document
    assert document["config"]["seed"] == [1, 2] and "validation.loss" in document["metrics"]
    out = dlcli("compare", *runs).out
    assert "seed" in out and "units" in out and "learning_rate" not in out
    assert "The configs are the same." in dlcli("compare", runs[0], runs[0]).out
    assert dlcli("compare", runs[0]).status == 2


def test_compare_shows_values_as_a_config_writes_them(capsys):
    from dlcli.terminal.comparison import show

    show({"runs": ["r", "s"], "config": {"at": [["a", 0.5], None], "on": [True, {}]}, "metrics": {}})
    assert re.search(r"^at +\[a, 0.5\] +-\non +true +\{\}$", capsys.readouterr().out, re.MULTILINE)


def test_compare_in_a_narrow_window_shortens_and_keeps_every_run(capsys, monkeypatch):
    from dlcli.terminal.comparison import show

    monkeypatch.setenv("COLUMNS", "60")
    key = "network.block.conv2d_of_the_first_level.conv2d."
    config = {key + "filters": [8, 16], "data.source.image_folder.path": ["pets/train" * 9, "dogs"]}
    show({"runs": ["r", "s"], "config": config, "metrics": {}})
    titles, first, second = capsys.readouterr().out.splitlines()[3:6]
    assert max(map(len, (titles, first, second))) <= 60 and titles.split() == ["config", "A", "B"]
    assert re.fullmatch(r"….*conv2d\.filters +8 +16", first) and re.fullmatch(
        r"….*folder\.path +pets/train.*… +dogs", second
    )


def test_explain(dlcli):
    overview = dlcli("explain").out
    assert "linear" in overview and "cross_entropy" in overview
    assert "units" in dlcli("explain", "linear").out
    assert dlcli("explain", "linear", "--json").document["found"][0]["kind"] == "linear"
    wrong = dlcli("explain", "liner")
    assert wrong.status == 2 and "did you mean 'linear'?" in wrong.err
    assert "max_pool1d, max_pool2d" in dlcli("explain", "pooling").err
    assert "`dlcli datasets get mnist`" in dlcli("explain", "mnist").err


def test_schema_accepts_the_starters(dlcli, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = dlcli("schema").document
    jsonschema.Draft202012Validator.check_schema(schema)
    assert dlcli("init", "images").status == 0
    jsonschema.validate(yaml.safe_load((tmp_path / "images.yaml").read_text().replace("3e-3", "0.003")), schema)


@pytest.mark.parametrize("task", ["classification", "regression", "images", "perceptron"])
def test_a_starter_trains_as_it_is_and_learns(dlcli, task, tmp_path):
    assert f"Wrote {task}.yaml" in dlcli("init", task).out
    text = (tmp_path / f"{task}.yaml").read_text()
    assert text.count("#") > 8
    assert dlcli("check", f"{task}.yaml", "--json").document["warnings"] == []
    sooner = ["training.epochs=4"] if task == "images" else []      # the slow tests wait for its end, and ask for more
    metrics = dlcli("train", f"{task}.yaml", *sooner, "--json", "--quiet").document["metrics"]
    assert metrics["train"].get("accuracy", metrics["train"].get("r2", 0)) > 0.4


@pytest.mark.parametrize("shape", [[8, 8, 1], [13, 40, 3], [224, 160, 3]])
def test_the_pictures_starter_takes_any_size(dlcli, shape):
    """A newcomer changes its source and the number of classes, and nothing else."""
    dlcli("init", "images")
    document = dlcli(
        "check",
        "images.yaml",
        f"data.source={{declared: {{shape: {shape}, classes: 7}}}}",
        "data.augment=[]",
        "network.linear1.linear.units=7",
        "--json",
    ).document
    assert document["valid"] and document["layers"][-1]["output"] == [7]


def test_init_never_writes_over_a_file(dlcli, tmp_path):
    (tmp_path / "images.yaml").write_text("mine")
    assert dlcli("init", "images").status == 2 and (tmp_path / "images.yaml").read_text() == "mine"
    assert dlcli("init", "images", "other.yaml").status == 0 and dlcli("init", "images", "--force").status == 0
    assert dlcli("init", "imges").status == 2 and "did you mean 'images'?" in dlcli("init", "imges").err
    assert dlcli("init", "images", "no/such/folder.yaml").status == 7
