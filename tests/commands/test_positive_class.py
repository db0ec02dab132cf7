"""Metrics of one class say of which, in every document and table; a run keeps the class that it was trained with."""

import json
import re

import numpy as np
import pytest

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.run import Run

CONFIG = """\
name: approved
data:
  source: {csv: {file: approved.csv, target: y}}
  split: {train: 0.5, validation: 0.2, test: 0.3}
  prepare: [standardize]
network: [{linear: {units: 8}}, relu, {linear: {units: 2}}]
loss: cross_entropy
optimizer: {adam: {learning_rate: 1e-2}}
metrics: [f1, accuracy]
training: {epochs: 4}
"""
NAMED = ["precision of 1", "recall of 1", "f1 of 1", "average_precision of 1"]


@pytest.fixture
def approved(tmp_path, dlcli) -> str:
    """A run on rows of which 70 % are of class 1. Returns its folder."""
    rng = np.random.default_rng(5)
    a = rng.normal(size=(240, 2))
    y = (a[:, 0] + rng.normal(size=240) * 0.8 > -0.7).astype(int)
    assert 0.65 < y.mean() < 0.8
    (tmp_path / "approved.csv").write_text("a,b,y\n" + "".join(f"{p:.3f},{q:.3f},{t}\n" for (p, q), t in zip(a, y)))
    (tmp_path / "approved.yaml").write_text(CONFIG)
    return dlcli("train", "approved.yaml", "--json", "--quiet").document["run"]


def of_earlier_version(run: str) -> None:
    """As a version wrote it that took the rarer class of the training split and kept it in the checkpoint alone."""
    opened = Run.open(run)
    info = {key: value for key, value in opened.info.items() if key != "positive"}
    (opened.path / "run.json").write_text(json.dumps(info))
    checkpoint = opened.load("last")
    checkpoint.state["data"]["positive"] = 0
    opened.save(Checkpoint(checkpoint.arrays, checkpoint.state), checkpoint.state["step"])


def test_documents_and_tables_name_it(dlcli, approved):
    pytest.importorskip("sklearn")
    from sklearn.metrics import f1_score

    assert dlcli("check", "approved.yaml", "--json").document["data"]["positive"] == "1"
    assert dlcli("runs", "show", "last", "--json", "--no-plots").document["positive"] == "1"
    assert dlcli("runs", "--json").document["runs"][0]["positive"] == "1" and "f1 of 1 0." in dlcli("runs").out
    judged = dlcli("evaluate", "last", "--json").document
    assert judged["positive"] == "1"
    t, p = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], np.ravel(judged["confusion"]), axis=0).T
    assert judged["metrics"]["f1"] == pytest.approx(f1_score(t, p)) != pytest.approx(f1_score(t, p, pos_label=0))
    shown = dlcli("evaluate", "last", "--noise", "0.1").out
    assert all(re.search(rf"^{name} +0\.", shown, re.M) for name in NAMED)
    assert re.search(r"^robustness +loss +f1 of 1 +accuracy$", shown, re.M)
    assert re.search(r"^ +loss +f1 of 1 +accuracy$", dlcli("runs", "show", "last", "--no-plots").out, re.M)
    result = dlcli("train", "approved.yaml", "name=other")
    assert re.search(r"^ +loss +f1 of 1 +accuracy$", result.out, re.M) and "\nf1 is that of class 1\n" in result.err
    assert dlcli("train", "approved.yaml", "--json").document["positive"] == "1"
    compared = dlcli("compare", "other", "last")
    assert re.search(r"^positive class +1 +1$", compared.out, re.M) and "cannot be compared" not in compared.err
    assert dlcli("compare", "other", "last", "--json").document["positive"] == ["1", "1"]


def test_a_run_of_an_earlier_version_keeps_its_class(dlcli, approved):
    """A monitored f1 keeps its meaning where training goes on; f1 of two classes is not compared in silence."""
    of_earlier_version(approved)
    document = dlcli("evaluate", approved, "--json").document
    second = np.array(document["confusion"])
    assert document["positive"] == "0"
    assert document["metrics"]["recall"] == pytest.approx(second[0, 0] / second[0].sum())
    assert dlcli("runs", "show", approved, "--json", "--no-plots").document["positive"] == "0"
    new = dlcli("train", "approved.yaml", "--json", "--quiet").document["run"]
    compared = dlcli("compare", approved, new)
    assert re.search(r"^positive class +0 +1$", compared.out, re.M)
    assert "warning: f1 is of class 0 in A and of class 1 in B, and cannot be compared" in compared.err
    assert dlcli("compare", approved, new, "--json").document["positive"] == ["0", "1"]
    assert dlcli("resume", approved, "--json").document["positive"] == "0"
    assert dlcli("evaluate", approved, "--data", "approved.csv", "--allow-seen", "--json").document["positive"] == "0"
