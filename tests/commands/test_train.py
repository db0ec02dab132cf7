"""dlcli train: what it prints, what it leaves, and what it says when something is wrong."""

import json
import re

import numpy as np
import pytest

from dlcli.artifacts.run import Run
from dlcli.training.state import part
from tests.commands.conftest import DIABETES, WINE

FIELDS = ["run", "status", "seconds", "epochs", "steps", "parameters", "weights_sha256", "positive", "metrics", "seen",
          "memory_bytes", "warnings", "remarks", "rows", "stopped", "best", "signal"]


@pytest.fixture(autouse=True)
def config(tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)


def test_the_document_has_exactly_its_fields_and_stdout_nothing_else(dlcli):
    result = dlcli("train", "wine.yaml", "--json")
    document = result.document
    assert result.status == 0 and list(document) == FIELDS
    assert (document["status"], document["epochs"], document["parameters"]) == ("completed", 8, 13 * 8 + 8 + 8 * 3 + 3)
    assert document["steps"] == 8 * 4 and re.fullmatch("[0-9a-f]{64}", document["weights_sha256"])
    assert {split: list(found) for split, found in document["metrics"].items()} == dict.fromkeys(
        ("train", "validation"), ["loss", "accuracy"])
    assert document["metrics"]["train"]["accuracy"] > 0.9
    assert len(re.findall(r"^epoch [1-8]/8  train: loss ", result.err, re.MULTILINE)) == 8


def test_quiet_says_nothing_beside_the_result(dlcli):
    result = dlcli("train", "wine.yaml", "--quiet")
    assert result.err == "" and "run runs/wine-" in result.out


def test_the_text_has_a_table_the_run_and_what_to_try_next(dlcli):
    out = dlcli("train", "wine.yaml").out
    run = re.search(r"^run (runs/wine-\S+)$", out, re.MULTILINE)[1]
    assert re.search(r"^train +\d\.\d{4} +\d\.\d{4}$", out, re.MULTILINE) and re.search(
        r"^validation +\d", out, re.MULTILINE
    )
    assert f"dlcli evaluate {run}" in out and f"dlcli runs show {run}" in out


def test_without_a_terminal_there_is_no_colour(dlcli):
    result = dlcli("train", "wine.yaml")
    assert "\x1b" not in result.out + result.err


def test_the_hash_is_that_of_the_last_checkpoint(dlcli, tmp_path):
    from hashlib import sha256

    document = dlcli("train", "wine.yaml", "--json").document
    arrays = part(Run.open(tmp_path / document["run"]).load("last"), "model")
    # decayed arrays first, as in theta
    theta = b"".join(arrays[name].tobytes() for name in ("linear1.W", "linear2.W", "linear1.b", "linear2.b"))
    assert sha256(theta).hexdigest() == document["weights_sha256"]


def test_overrides_and_runs_folder(dlcli, tmp_path):
    document = dlcli(
        "train",
        "wine.yaml",
        "training.epochs=2",
        "+network.after.tanh1=dropout",
        "~training.monitor",
        "seed=3",
        "--runs",
        "elsewhere",
        "--json",
        "--quiet",
    ).document
    run = Run.open(tmp_path / document["run"])
    assert document["run"].startswith("elsewhere/wine-") and document["epochs"] == 2
    assert run.resolved["seed"] == 3 and run.resolved["training"]["monitor"] is None
    assert [next(iter(e)) if isinstance(e, dict) else e for e in run.resolved["network"]][1:3] == ["tanh", "dropout"]
    assert run.config_text.decode() == WINE


def test_run_json_tells_what_the_run_was_made_with(dlcli, tmp_path):
    document = dlcli("train", "wine.yaml", "--json", "--quiet").document
    info = json.loads((tmp_path / document["run"] / "run.json").read_text())
    assert info["status"] == "completed" and info["seed"] == 0 and info["shards"] == 1
    assert info["exactness"] == ["D0", "D1", "D2"] and info["blas"] and info["versions"]["numpy"]
    assert info["rows"] == {"train": 107, "validation": 36, "test": 35}
    assert info["weights_sha256"] == document["weights_sha256"] and info["metrics"] == document["metrics"]


@pytest.mark.parametrize("form", ["fork", "thread", "serial"])
def test_workers_change_nothing(dlcli, form):
    options = ("train", "wine.yaml", "training.shards=3", "training.epochs=2", "--json", "--quiet")
    one = dlcli(*options, "--workers", 1).document["weights_sha256"]
    assert dlcli(*options, "--workers", 3, "--parallel", form).document["weights_sha256"] == one


def test_workers_and_their_form_reach_the_engine(dlcli, monkeypatch):
    from dlcli.engine import workers

    asked, start = [], workers.start
    monkeypatch.setattr(
        workers, "start", lambda functions, count, form: asked.append((count, form)) or start(functions, 1, "serial")
    )
    dlcli("train", "wine.yaml", "training.shards=3", "--workers", 2, "--parallel", "thread")
    dlcli("train", "wine.yaml", "training.shards=3", "--workers", 8)
    dlcli("evaluate", "last", "--workers", 2, "--parallel", "serial")
    assert asked == [(2, "thread"), (3, "fork"), (2, "serial")]


def test_a_config_error_has_place_line_caret_and_hint(dlcli, tmp_path):
    (tmp_path / "bad.yaml").write_text(WINE.replace("units: 8", "unit: 8"))
    result = dlcli("train", "bad.yaml")
    assert result.status == 3 and result.out == ""
    assert (
        "bad.yaml:4:14 network.0.linear.unit" in result.err
        and "^^^^" in result.err
        and "did you mean 'units'?" in result.err
    )
    document = dlcli("train", "bad.yaml", "--json").document
    assert document["error"]["status"] == 3 and {"where", "problem", "hint"} < set(document["error"])
    assert not (tmp_path / "runs").exists()


def test_shapes_that_do_not_fit_are_errors_of_the_config(dlcli, tmp_path):
    (tmp_path / "bad.yaml").write_text(WINE.replace("units: 3", "units: 4"))
    result = dlcli("train", "bad.yaml")
    assert (
        result.status == 3
        and "bad.yaml" in result.err
        and "3" in result.err
        and "4" in result.err
        and "Traceback" not in result.err
    )


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (("train", "no.yaml"), 3, "no such file"),
    (("train", "wine.yaml", "training.epoch=2"), 3, "epochs"),
    (("train", "wine.yaml", "--workers", "0"), 2, "--workers"),
    (("train",), 2, "CONFIG"),
    (("trian",), 2, "train"),
    (("train", "wine.yaml", "data.source={csv: {file: no.csv, target: y}}"), 4, "no.csv"),
    (("train", "wine.yaml", "--runs", "/proc/none"), 7, "/proc"),
    (("train", "wine.yaml", "init_from={run: no-run}"), 5, "no-run"),
    (("resume", "no-run"), 5, "no such run"),
])
def test_what_is_wrong_decides_the_status(dlcli, arguments, status, words):
    result = dlcli(*arguments)
    assert result.status == status and words in result.err and "Traceback" not in result.err
    if len(arguments) > 1:
        failed = dlcli(*arguments, "--json")
        assert failed.status == status and failed.document["error"]["status"] == status


def test_a_loss_that_is_not_finite_ends_with_status_6(dlcli, tmp_path):
    (tmp_path / "d.yaml").write_text(
        DIABETES.replace("0.01", "1e30").replace("adam", "sgd").replace("scale_target", "impute")
    )
    result = dlcli("train", "d.yaml", "--quiet")
    assert result.status == 6 and "finite" in result.err and "kept in runs/d-" in result.err
    assert Run.open(next((tmp_path / "runs").iterdir())).status == "diverged"


PERCEPTRON = """\
data: {source: %s, split: {train: 1.0}}
network: [{linear: {units: 1, init: zeros}}, step]
loss: perceptron
optimizer: {sgd: {learning_rate: 1.0}}
training: {epochs: 30, batch_size: 1, early_stop: {mistakes: 0, patience: 30}}
"""


def test_a_perceptron_ends_without_mistakes_where_a_line_separates(dlcli, tmp_path):
    (tmp_path / "p.yaml").write_text(PERCEPTRON % "{iris: {labels: {versicolor: other, virginica: other}}}")
    result = dlcli("train", "p.yaml")
    assert "0 mistakes" in result.out and "Not learned" not in result.err


def test_a_perceptron_fails_on_xor_and_says_so(dlcli, tmp_path):
    (tmp_path / "p.yaml").write_text(PERCEPTRON % "xor")
    result = dlcli("train", "p.yaml")
    assert re.search(r"Not learned: .* \d mistakes in 4 rows.* not linearly separable", result.err)


def test_a_network_that_learned_nothing_is_pointed_out(dlcli, tmp_path):
    (tmp_path / "n.yaml").write_text(
        WINE.replace("}\n  - tanh", ", init: zeros}\n  - tanh").replace("units: 3}", "units: 3, init: zeros}")
    )
    assert "Nothing learned: on its own training rows" in dlcli("train", "n.yaml").err
    assert "Nothing learned" not in dlcli("train", "wine.yaml").err


def test_where_nearly_all_is_one_class_the_loss_tells_who_learned_nothing(dlcli, tmp_path):
    """Pixels of 95 % background: more of the cross-entropy than the shares cost is worse than nothing, less is
    something."""
    rng = np.random.default_rng(0)
    y = (rng.random((20, 6, 6)) < 0.05).astype(np.int64)
    np.savez(tmp_path / "a.npz", x=y + rng.normal(0, 1.2, y.shape), y=y)
    (tmp_path / "p.yaml").write_text(
        "data: {source: {npz: {file: a.npz, layout: channel}}, split: {train: 1.0}}\n"
        "network: [{conv2d: {filters: 2, kernel: 1}}]\nloss: cross_entropy\noptimizer: adam\n"
        "training: {epochs: 60, batch_size: all}\n"
    )
    for rate, settings, nothing in (
        (1e-9, [], True),
        (0.1, [], False),
        (1e-9, ["loss={cross_entropy: {class_weights: balanced}}"], False),
    ):
        result = dlcli("train", "p.yaml", f"optimizer.adam.learning_rate={rate}", *settings, "--json")
        metrics = result.document["metrics"]["train"]
        assert ("Nothing learned" in result.err) == nothing
        assert metrics["accuracy"] <= 1 - y.mean() + 1e-6       # which alone tells nothing


def test_overfitting_is_pointed_out(dlcli, tmp_path):
    (tmp_path / "o.yaml").write_text(
        WINE.replace("source: wine", "source: {moons: {n: 100, noise: 0.8}}")
        .replace("units: 8", "units: 64")
        .replace("units: 3", "units: 2")
        .replace("epochs: 8", "epochs: 300")
    )
    said = dlcli("train", "o.yaml").err
    assert "Overfitting: the validation loss was lowest in epoch" in said
    assert "'training.early_stop={patience: 5}'" in said        # quoted for the shell


def test_init_from_another_shape_says_what_would_fit(dlcli, wine, tmp_path):
    (tmp_path / "from.yaml").write_text(WINE + "init_from: {run: elsewhere}\n")
    wider = ["from.yaml", f"init_from.run={wine}", "network.linear1.linear.units=9"]
    result = dlcli("train", *wider)
    assert result.status == 3 and result.err.startswith("override 'init_from.run=")
    assert (
        "linear1.W has shape (13, 8) in the run, and (13, 9) here" in result.err
        and "no entry has the shapes of the run's" in result.err
    )
    result = dlcli(
        "train", "from.yaml", f"init_from.run={wine}", "data.source=iris", "network.linear1.linear.units=8", "--json"
    )
    assert result.document["error"]["hint"] == "`layers: [linear2]` under `init_from` takes over what fits"


def test_init_from_names_what_was_taken_and_what_not(dlcli, folder, wine):
    result = dlcli("train", "wine.yaml", f"init_from={{run: {wine}, layers: [linear1]}}", "training.epochs=1")
    assert result.status == 0 and "init_from: 2 arrays taken over: linear1.W and linear1.b" in result.err
