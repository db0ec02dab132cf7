"""Sequences whose targets have no places: from a file through training to decoded predictions, and what is refused."""

import numpy as np
import pytest

from dlcli.api import check, evaluate, predict, train
from dlcli.config import ConfigErrors
from dlcli.config.build import outline
from dlcli.config.config import parse
from dlcli.engine.loss import Loss
from dlcli.errors import NumericalError
from dlcli.evaluation.answers import answers, labels_of
from dlcli.losses.ctc import Ctc

CONFIG = """\
data: {source: {npz: {file: a.npz}}, split: {train: 0.6, validation: 0.2, test: 0.2}}
network: [{linear: {units: 6}}]
loss: ctc
optimizer: {adam: {learning_rate: 0.2}}
training: {epochs: 15, batch_size: 16}
"""
DECLARED = """\
data: {source: {declared: {inputs: {x: {shape: [20, 4], lengths: true}}, classes: 5, target: [4]}}}
network: [{linear: {units: 6}}]
loss: ctc
optimizer: {adam: {learning_rate: 0.2}}
training: {epochs: 1}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Rows of four tokens, each of which is shown for two steps, with one step of nothing behind it."""
    rng = np.random.default_rng(0)
    t, x = rng.integers(0, 5, (200, 4)), np.zeros((200, 12, 5), np.float32)
    for step in (0, 1):
        x[:, step::3] = np.eye(5)[t]
    np.savez(tmp_path / "a.npz", x=x, y=t)
    np.savez(tmp_path / "short.npz", x=x[:, :3], y=t)
    (tmp_path / "c.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_trained_judged_and_asked(folder):
    run = train("c.yaml")["run"]
    judged = evaluate(run)
    assert judged["metrics"]["token_error_rate"] == 0 and judged["metrics"]["sequence_accuracy"] == 1
    assert set(judged["metrics"]) == {"loss", "token_error_rate", "sequence_accuracy"}
    assert judged["per_class"] is judged["confusion"] is judged["baseline"] is None
    found = predict(run, "a.npz")["predictions"]
    assert [row["ids"].tolist() for row in found] == np.load("a.npz")["y"].tolist()
    assert all(len(row["probability"]) == 4 and (row["probability"] > 0.5).all() for row in found)


def test_targets_that_do_not_fit_end_the_training_with_what_helps(folder, monkeypatch):
    (folder / "c.yaml").write_text(CONFIG.replace("a.npz", "short.npz"))
    with pytest.raises(ConfigErrors, match="(?s)120 of 120 train rows cannot be.*the rows themselves are too short"):
        train("c.yaml")
    assert check("c.yaml")["errors"][0]["where"] == "network"
    monkeypatch.setattr(Ctc, "needed_steps", Loss.needed_steps)         # as if nobody could tell before
    with pytest.raises(NumericalError, match="(?s)the loss is no longer.*needs more steps.*skip_impossible"):
        train("c.yaml")
    assert train("c.yaml", ["loss={ctc: {skip_impossible: true}}", "training.epochs=1"])["status"] == "completed"


@pytest.mark.parametrize(("override", "words"), [
    ("metrics=[accuracy]", "accuracy compares place by place.*token_error_rate and sequence_accuracy"),
    ("metrics=[perplexity]", "perplexity compares place by place"),
    ("training.early_stop={mistakes: 0}", "mistakes are counted place by place, and with ctc"),
    ("network.linear1.linear.units=5", "one more for the blank.*linear.units=6"),
])
def test_what_needs_common_places_is_refused(override, words):
    assert [metric.kind for metric in outline(parse(DECLARED.encode(), "c.yaml", ())).metrics] == [
        "token_error_rate", "sequence_accuracy"]
    with pytest.raises(ConfigErrors, match=f"(?s){words}"):
        outline(parse(DECLARED.encode(), "c.yaml", [override]))


def test_padded_steps_say_nothing():
    data = outline(parse(DECLARED.encode(), "c.yaml", ())).data
    p = np.full((2, 4, 6), 1 / 6)               # as it stands behind the end of a row
    p[0, :3] = 0.9 * np.eye(6)[[2, 2, 5]]
    p[1, :1] = 0.8 * np.eye(6)[5]
    first, second = answers(p, data, np.array([3, 1]))
    assert first["ids"].tolist() == [2] and first["probability"].tolist() == [0.9]
    assert second["ids"].tolist() == second["probability"].tolist() == []
    assert labels_of(first) == "2" and labels_of(second) == ""
    assert answers(p, data, np.array([0, 4]))[0]["ids"].tolist() == []
