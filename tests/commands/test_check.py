"""dlcli check, gradcheck, inspect-gradients: what they find, and the status it has."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.commands.conftest import DIABETES, WINE
from tests.data.pictures import folder, two_classes

CONFIGS = Path(__file__).parents[2] / "configs"
FIELDS = ["valid", "errors", "warnings", "layers", "parameters", "memory_bytes", "memory", "flops_per_sample", "shards",
          "batch_rows", "last_batch_rows", "buckets", "data", "name", "inputs", "target", "notes", "status"]


@pytest.fixture(autouse=True)
def configs(tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)
    (tmp_path / "diabetes.yaml").write_text(DIABETES)


def test_the_document_of_a_valid_config(dlcli):
    document = dlcli("check", "wine.yaml", "--json").document
    assert list(document) == FIELDS and document["valid"] and document["errors"] == []
    assert document["layers"][0] == {"name": "linear1", "kind": "linear", "output": [8], "parameters": 112}
    assert document["parameters"] == 139 and document["shards"] == 1
    assert document["flops_per_sample"] >= 2 * (13 * 8 + 8 * 3) and document["memory_bytes"] > 4 * 139


def test_memory_is_told_in_parts_and_what_is_measured_is_rounded(dlcli):
    document = dlcli("check", "wine.yaml", "--json").document
    parts = document["memory"]
    assert (
        list(parts) == ["program", "data", "network", "reading", "files"]
        and sum(parts.values()) == document["memory_bytes"]
    )
    assert (
        parts["program"] % 5_000_000 == parts["reading"] % 5_000_000 == 0
        and 178 * 13 * 4 <= parts["data"] < 178 * 13 * 9
    )
    assert parts["network"] > 139 * 4
    said = r"^139 parameters, about \S+ MB of memory: program \d+ MB, data \S+ KB, network \S+ [KM]B"
    assert re.search(said, dlcli("check", "wine.yaml").out, re.MULTILINE)


def test_in_a_narrow_window_the_kinds_are_left_out_first(dlcli, monkeypatch):
    assert re.search("^layer +kind +output +parameters$", dlcli("check", "wine.yaml").out, re.MULTILINE)
    monkeypatch.setenv("COLUMNS", "32")
    out = dlcli("check", "wine.yaml").out
    assert re.search("^layer +output +parameters$", out, re.MULTILINE) and re.search(
        "^linear1 +8 +112$", out, re.MULTILINE
    )
    assert "(1 more column in a" in out


def test_what_the_network_takes_is_known_before_it_is_made(tmp_path):
    from dlcli.config import load
    from dlcli.config.build import experiment

    built = experiment(load(tmp_path / "wine.yaml", ["network.linear1.linear.units=2000", "training.batch_size=107"]))
    network = built.network()
    for rows in built.data.splits.values():
        network.add(rows)
    network.start()
    vectors = [network.theta, *network.gradients, *network.update.slots.values()]
    taken = sum(a.nbytes for a in vectors) + sum(arena.bytes for arena in network.plans._arenas)
    assert taken <= built.bytes() < 1.1 * taken


def test_all_errors_at_once_with_their_places(dlcli, tmp_path):
    (tmp_path / "bad.yaml").write_text(
        WINE.replace("units: 8", "units: -8").replace("adam", "adamm").replace("epochs: 8", "epochs: eight")
    )
    result = dlcli("check", "bad.yaml", "--json")
    document = result.document
    assert result.status == 3 and list(document) == FIELDS and not document["valid"]
    assert [(e["line"], e["where"]) for e in document["errors"]] == [
        (4, "network.0.linear.units"), (8, "optimizer"), (9, "training.epochs")]
    assert all(list(e) == ["line", "column", "where", "problem", "hint"] for e in document["errors"])
    text = dlcli("check", "bad.yaml")
    assert text.status == 3 and text.out == "" and text.err.count("^") >= 3 and "3 errors" in text.err


def test_data_that_is_not_there_is_an_error_of_its_own_status(dlcli):
    result = dlcli("check", "wine.yaml", "data.source={csv: {file: none.csv, target: y}}", "--json")
    assert result.status == 4 and result.document["errors"][0]["problem"].startswith("no such file")


def test_what_it_makes_of_a_table(dlcli, tmp_path):
    lines = [
        f"{'' if i == 3 else i},{'rgb'[i % 3]},{'' if i < 2 else 'ab'[i % 2]},{'yes' if i % 4 else 'no'}"
        for i in range(40)
    ]
    (tmp_path / "t.csv").write_text("age,colour,kind,left\n" + "\n".join(lines) + "\n")
    (tmp_path / "t.yaml").write_text(
        "data: {source: {csv: {file: t.csv, target: left}}, split: {train: 0.5, test: 0.5}, positive: 'no', "
        "prepare: [impute, standardize]}\nnetwork: [{linear: {units: 2}}]\nloss: cross_entropy\n"
        "optimizer: adam\n"
    )
    data = dlcli("check", "t.yaml", "--json").document["data"]
    assert [(c["name"], c["type"], c["missing"]) for c in data["columns"]] == [
        ("age", "numeric", 1),
        ("colour", "one_hot", 0),
        ("kind", "one_hot", 2),
    ]
    assert data["columns"][1]["categories"] == ["b", "g", "r"] and data["columns"][0]["prepare"] == [
        "impute",
        "standardize",
    ]
    assert (data["classes"], data["positive"], data["rows"]) == ({"no": 5, "yes": 15}, "no", {"train": 20, "test": 20})
    out = dlcli("check", "t.yaml").out
    assert re.search(r"^age +numeric +1 +impute, standardize$", out, re.MULTILINE) and re.search(
        r"^colour +text.* 3: b, g, r$", out, re.M
    )
    assert "target left: no 25.0 % and yes 75.0 % of the training rows; no is the positive class" in out


def test_a_table_with_gaps_and_a_doubtful_header(dlcli, tmp_path):
    """Numbers that mean missing are counted and trained on as blanks are; what is left out or doubtful is said."""
    rows = [f"{'-999' if i % 8 == 0 else i / 7:.6},{i * 37 % 11 / 3:.3f},{i % 2 if i % 5 else -1}" for i in range(40)]
    for name, mark in (("marked", "-999"), ("blank", "")):
        text = "\n".join(["0,1,2", *(row.replace("-999", mark) for row in rows)])
        (tmp_path / f"{name}.csv").write_text(text if mark else text.replace(",-1", ","))
        (tmp_path / f"{name}.yaml").write_text(
            f"data: {{source: {{csv: {{file: {name}.csv, target: 3, missing: ['', '-999', '-1'], "
            "missing_target: drop}}, split: {train: 0.5, test: 0.5}, prepare: [impute, standardize]}\n"
            "network: [{linear: {units: 2}}]\n"
            "loss: cross_entropy\noptimizer: adam\ntraining: {epochs: 2}\n")
    checked, trained = dlcli("check", "marked.yaml", "--json").document, dlcli("train", "marked.yaml", "--json")
    assert checked["data"]["about"] == ["marked.csv: 8 of 40 rows have no target, and are left out"]
    assert checked["data"]["rows"] == {"train": 16, "test": 16}
    assert [column["missing"] for column in checked["data"]["columns"]] == [4, 0]
    assert [w["where"] for w in checked["warnings"]] == ["data.source.csv.header"]
    assert "8 of 40 rows have no target" in trained.err
    assert "data.source.csv.header: the first row of marked.csv" in trained.err
    blank = dlcli("train", "blank.yaml", "--json").document
    assert trained.document["weights_sha256"] == blank["weights_sha256"]
    judged = dlcli("evaluate", trained.document["run"], "--data", str(tmp_path / "blank.csv"), "--json")
    assert judged.document["samples"] == 32 and "blank.csv: 8 of 40 rows have no target" in judged.err


def test_what_it_says_of_pictures(dlcli, tmp_path):
    for name, size in (("set", (6, 8)), ("other", (9, 7))):
        folder(tmp_path / name, two_classes(size=size))
    (tmp_path / "p.yaml").write_text(
        "data: {source: {image_folder: {path: set, test: set}}}\nnetwork: [flatten, {linear: {units: 2}}]\n"
        "loss: cross_entropy\noptimizer: adam\n"
    )
    line = "other: 6 pictures of 9x7, brought to 6x8 by `fit: resize`"
    arguments = ["check", "p.yaml", "data.source.image_folder.test=other"]
    assert line in dlcli(*arguments, "data.source.image_folder.size=[6, 8]").out.splitlines()
    assert dlcli(*arguments, "data.source.image_folder.size=[6, 8]", "--json").document["data"]["about"][1] == line
    refused = dlcli(*arguments)
    # not the file's line
    assert refused.status == 3 and "  | data.source.image_folder.test=other" in refused.err.splitlines()


def test_declared_data_can_be_checked(dlcli, tmp_path):
    (tmp_path / "d.yaml").write_text(
        WINE.replace("source: wine", "source: {declared: {shape: [784], classes: 3}}")
        .replace("split: {train: 0.6, validation: 0.2, test: 0.2}, prepare: [standardize]", "prepare: []")
        .replace("validation.loss", "train.loss")
    )
    assert "input 784, 3 classes" in dlcli("check", "d.yaml").out
    for command in ("train", "gradcheck"):
        result = dlcli(command, "d.yaml")
        assert result.status == 3 and "d.yaml:2:16 data.source: there are no rows to train on" in result.err


def test_a_network_that_no_memory_holds_is_refused_before_it_is_made(dlcli, tmp_path):
    result = dlcli("train", "wine.yaml", "network.linear1.linear.units=100000000000")
    assert result.status == 3 and "this machine has" in result.err and not (tmp_path / "runs").exists()
    checked = dlcli("check", "wine.yaml", "network.linear1.linear.units=100000000000")
    assert checked.status == 0 and "TB of memory" in checked.out and "this machine has" in checked.err
    assert "this machine has" not in dlcli("check", "wine.yaml").err


def test_a_batch_of_more_rows_than_there_are_is_mentioned(dlcli):
    warning, = dlcli("check", "wine.yaml", "training.batch_size=108", "--json").document["warnings"]
    assert warning["where"] == "training.batch_size" and "the training split has 107" in warning["problem"]
    assert (
        "the training split has 107" in dlcli("train", "wine.yaml", "training.batch_size=108", "training.epochs=1").err
    )
    for setting in ("training.batch_size=107", "training.batch_size=all", "data.split.train=0.1"):
        assert dlcli("check", "wine.yaml", setting, "--json").document["warnings"] == []


def test_a_row_that_joins_the_batch_before_it_is_mentioned(dlcli):
    normed = ("wine.yaml", "+network.after.linear1=batch_norm", "training.batch_size=53", "training.epochs=1")
    said = "the last batch of an epoch has 54 rows: it takes in the one that is left over"
    assert said in dlcli("check", *normed).out and said in dlcli("train", *normed).err
    document = dlcli("check", *normed, "--json").document
    assert (document["batch_rows"], document["last_batch_rows"]) == (53, 54)
    assert "left over" not in dlcli("check", "wine.yaml", "training.batch_size=53").out


def test_more_cores_than_shards_are_mentioned_with_the_setting_that_would_use_them(dlcli):
    assert "training.shards=4 would use all of them" in dlcli("check", "wine.yaml", "--workers", "4").out
    assert "training.shards=" not in dlcli("check", "wine.yaml", "training.shards=4", "--workers", "4").out


def test_idle_cores_are_passed_over_where_steps_are_small(dlcli, monkeypatch):
    monkeypatch.setattr("dlcli.api._experiment.cores", lambda: 4)
    assert "cores" not in dlcli("check", "wine.yaml").out and "cores" not in dlcli("train", "wine.yaml").err
    assert "2 of 4 cores are used" in dlcli("check", "wine.yaml", "training.shards=2").out


def test_warnings_do_not_make_a_config_invalid(dlcli, tmp_path):
    spare = "  - {linear: {units: 2}, name: spare}\n  - {linear: {units: 3}, from: tanh1}"
    (tmp_path / "w.yaml").write_text(WINE.replace("  - linear: {units: 3}", spare))
    result = dlcli("check", "w.yaml", "--json")
    assert (
        result.status == 0
        and result.document["valid"]
        and result.document["warnings"][0]["problem"] == "nothing reads spare"
    )
    assert "warning: w.yaml:6:" in dlcli("check", "w.yaml").err


@pytest.mark.parametrize(
    "arguments", [("digits_mlp", "training.epochs=1"), ("digits_cnn", "training.epochs=1", "training.batch_size=512")]
)
def test_memory_is_what_training_then_takes(arguments, tmp_path):
    """In processes of their own: the interpreter counts."""
    config, *changes = arguments
    said, taken = said_and_taken(CONFIGS / f"{config}.yaml", changes, tmp_path)
    assert said == pytest.approx(taken, rel=0.15)


def test_mapped_files_count_as_far_as_there_is_memory(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.integers(0, 256, (12_000, 64, 64, 1), np.uint8))
    np.save(tmp_path / "y.npy", rng.integers(0, 2, 12_000))
    (tmp_path / "mapped.yaml").write_text(
        "data: {source: {npy: {inputs: x.npy, target: y.npy, memory_map: true}}, prepare: [standardize]}\n"
        "network: [max_pool2d: {size: 8}, flatten, linear: {units: 2}]\nloss: cross_entropy\noptimizer: {sgd: "
        "{learning_rate: 0.1}}\n"
        "training: {epochs: 1, batch_size: 100}\n"
    )
    said, taken = said_and_taken(tmp_path / "mapped.yaml", [], tmp_path)
    assert said == pytest.approx(taken, rel=0.15) and said > 2 * 12_000 * 64 * 64


def said_and_taken(config, changes, folder) -> list[int]:
    """Bytes that `check` says and that `train` measures."""
    found = []
    for command in (["check"], ["train", "--quiet", "--runs", str(folder)]):
        done = subprocess.run(
            [sys.executable, "-m", "dlcli", *command, str(config), *changes, "--json"], check=True, capture_output=True
        )
        found.append(json.loads(done.stdout)["memory_bytes"])
    return found
