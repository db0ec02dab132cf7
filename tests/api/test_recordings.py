"""Runs on recordings: one class to each, and several in a row."""

import re

import numpy as np
import pytest

from dlcli.api import check, evaluate, predict, train
from dlcli.errors import ConfigErrors, DataError, UsageError
from tests.data.pictures import folder
from tests.data.recordings import PATTERN, extensible, floats, tone, wav

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
    labels, total = judged["by_label"], sum(row["support"] for row in judged["by_label"])
    wrong = sum(row["taken_for_another"] + row["left_out"] + row["put_in"] for row in labels)
    assert wrong / total == judged["metrics"]["token_error_rate"]
    assert [row["label"] for row in labels] == ["high", "low", "mid"]
    lengths = judged["by_length"]
    assert sum(row["rows"] for row in lengths) == judged["samples"] and len(lengths) == 4
    (heard,) = predict(judged["run"], "set/mid_ann_1.wav")["predictions"]
    assert [heard["classes"][i] for i in heard["ids"]] == ["mid"] and heard["file"] == "set/mid_ann_1.wav"
    searched = predict(judged["run"], ["set/mid_ann_1.wav", "set/low_bob_1.wav"], beam=4, output="out.csv")
    first, second = searched["predictions"]
    assert first["ids"].tolist() == heard["ids"].tolist() and 0.5 < first["sequence_probability"] <= 1
    assert (place / "out.csv").read_text().splitlines()[2] == "set/low_bob_1.wav,low"


def test_new_recordings_are_predicted_and_judged(place):
    (place / "c.yaml").write_text(CONFIG % (PATTERN, "", ", returns: last", "cross_entropy", 15))
    run = train("c.yaml")["run"]
    own = predict(run, ["set/low_ann_0.wav", "set/high_bob_1.wav"])
    assert own["medium"] == "recording" and [row["label"] for row in own["predictions"]] == ["low", "high"]
    assert set(own["predictions"][0]["probabilities"]) == {"low", "mid", "high"}
    folder(place / "new", {"mid_eve_0.wav": wav(tone(1000, 0.1, 16000), 16000), "low_eve_1.wav": b"RIFF",
                           "high_eve_2.wav": wav(tone(2500, 0.3))})
    many = predict(run, "new", output="out.csv")
    assert [row["label"] for row in many["predictions"]] == ["high", "mid"]
    assert [row["file"] for row in many["unreadable"]] == ["new/low_eve_1.wav"]
    assert any("longer than the" in text for text in many["warnings"])
    assert (place / "out.csv").read_text().startswith("file,label,probability,probability of high")
    (place / "new" / "low_eve_1.wav").unlink()
    assert evaluate(run, data="new")["metrics"]["accuracy"] == 1
    whole = evaluate(run, data="set", allow_seen=True)
    assert whole["samples"] == 48
    with pytest.raises(DataError, match="a recording, and nothing tells its class"):
        evaluate(run, data="new/mid_eve_0.wav")
    with pytest.raises(DataError, match="is no recording, and the run was trained on recordings"):
        predict(run, "c.yaml")
    with pytest.raises(UsageError, match="is no recording, and the others are"):
        predict(run, ["set", "c.yaml"])
    with pytest.raises(UsageError, match="beam"):
        predict(run, "set", beam=3)
    with pytest.raises(UsageError, match="invert"):
        predict(run, "set", invert=True)


def test_targets_that_need_more_steps_than_there_are_are_told_before_training(place):
    join = ", join: {least: 2, most: 3}"
    (place / "c.yaml").write_text(CONFIG % (PATTERN, join, "", "ctc", 1))
    assert check("c.yaml")["valid"]
    network = ("network=[{conv1d: {filters: 8, kernel: 3, stride: 5, padding: 1}}, {max_pool1d: {size: 2}}, "
               "{gru: {units: 8}}, linear]")
    (found,) = check("c.yaml", [network])["errors"]
    told = re.fullmatch(r"(\d+) of 24 train rows cannot be learned: the target needs more steps than the output "
                        r"has; (set/.*) needs (\d), one for each class and one more between two equal ones, "
                        r"and has (\d)",
                        found["problem"])
    assert told, found
    assert 0 < int(told[1]) < 24 and int(told[3]) > int(told[4]) and 2 <= told[2].count("set/") <= 3
    assert found["hint"].startswith("conv1d1 and max_pool1d1 make rows shorter")
    with pytest.raises(ConfigErrors, match="cannot be learned"):
        train("c.yaml", [network])
    assert train("c.yaml", [network, "loss={ctc: {skip_impossible: true}}"])["status"] == "completed"


GOOD = {"rate.wav": wav(tone(1000, 0.1, 44100), 44100), "stereo.wav": wav(np.stack([tone(1000)] * 3, 1)),
        "extensible.wav": extensible(tone(1000)), "deep.wav": wav(tone(1000), bits=24), "silent.wav": wav(0 * tone()),
        "short.wav": wav(tone(1000, 0.01)), "few.wav": wav(np.ones(9) / 2), "long.wav": wav(tone(1000, 3))}
BAD = {"cut.wav": wav(tone())[:-9], "empty.wav": b"", "none.wav": wav(np.zeros(0)), "nan.wav": floats([0, np.nan]),
       "text.wav": b"these are words, and nobody speaks them aloud", "riff.wav": b"RIFF"}


@pytest.mark.parametrize("how", ["null", "level", "mean", "mean_and_deviation"])
def test_recordings_of_every_kind_are_predicted_or_told(place, how):
    (place / "c.yaml").write_text(CONFIG % (PATTERN, f", normalize: {how}", ", returns: last", "cross_entropy", 1))
    run = train("c.yaml")["run"]
    folder(place / "new", GOOD | BAD)
    found = predict(run, "new")
    assert [row["file"] for row in found["predictions"]] == sorted(f"new/{name}" for name in GOOD)
    assert all(np.isfinite([*row["probabilities"].values()]).all() for row in found["predictions"])
    assert [row["file"] for row in found["unreadable"]] == sorted(f"new/{name}" for name in BAD)
    said = "\n".join(found["warnings"])
    assert "new/silent.wav: silent from beginning to end" in said and "new/long.wav: longer than the " in said
    if how == "level":
        with pytest.raises(DataError, match="is cut short.*promises more"):
            predict(run, "new/cut.wav")
        folder(place / "other", {"six_ann_0.wav": wav(tone()), "low_ann_1.wav": wav(tone())})
        with pytest.raises(DataError, match="the training split has no class 'six'"):
            evaluate(run, data="other")
        folder(place / "set", {"low_eve_9.wav": BAD["nan.wav"]})
        with pytest.raises(DataError, match="low_eve_9.wav: holds samples that are not finite"):
            train("c.yaml")
