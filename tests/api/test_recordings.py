"""Runs on recordings: one class to each, and several in a row."""

import numpy as np
import pytest

from dlcli.api import evaluate, train
from tests.data.pictures import folder
from tests.data.recordings import PATTERN, tone, wav

pytest.importorskip("soundfile")
CONFIG = """\
data:
  source: {audio_folder: {path: set, label: "%s", test: {n: "<2"}, validation: {n: [2, 3]}, mels: 12%s}}
  prepare: [standardize]
network: [{gru: {units: 12%s}}, linear]
loss: %s
optimizer: {adam: {learning_rate: 0.02}}
training: {epochs: %d, batch_size: 8}
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Low, middle and high tones of different length, by two voices."""
    rng = np.random.default_rng(0)
    folder(tmp_path / "set", {
        f"{label}_{voice}_{n}.wav": wav(tone(hertz + 30 * n, rng.uniform(0.06, 0.12), loud=loud))
        for label, hertz in (("low", 300), ("mid", 1000), ("high", 2500))
        for voice, loud in (("ann", 0.6), ("bob", 0.2)) for n in range(8)})
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_class_to_a_recording(place):
    (place / "c.yaml").write_text(CONFIG % (PATTERN, "", ", returns: last", "cross_entropy", 15))
    judged = evaluate(train("c.yaml")["run"])
    assert judged["metrics"]["accuracy"] > 0.9 and judged["samples"] == 12
    assert train("c.yaml", ["training.epochs=1", "data.source.audio_folder.longest=6"])["status"] == "completed"


def test_several_in_a_row(place):
    join = ", join: {least: 1, most: 3, gap: 20}"
    (place / "c.yaml").write_text(CONFIG % (PATTERN, join, "", "ctc", 100))
    judged = evaluate(train("c.yaml")["run"])
    assert set(judged["metrics"]) == {"loss", "token_error_rate", "sequence_accuracy"}
    assert judged["metrics"]["token_error_rate"] < 0.2, "guessing leaves above 0.6"
