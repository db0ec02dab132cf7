"""Folders of recordings as rows."""

import os
import sys

import numpy as np
import pytest

from dlcli.data.audio import spectra
from dlcli.data.audio.log_mel import Form
from dlcli.data.load import describe
from dlcli.data.settings import DataSettings, Split
from dlcli.engine.registry import create
from dlcli.errors import ConfigError, DataError, UsageError
from tests.data.pictures import archive, folder
from tests.data.recordings import PATTERN, named, source, tone, two_classes, wav
from tests.data.rig import loaded

pytest.importorskip("soundfile")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))


def lengths(data, split: str = "train") -> list[int]:
    return data.splits[split].lengths["x"].tolist()


def padded(data) -> np.ndarray:
    return np.asarray(data.splits["train"].inputs["x"])


def described(tmp_path, seed: int = 1, split=None, **options):
    return describe(DataSettings(source=source(**options), split=Split(**(split or {}))), tmp_path, seed)


def refused(tmp_path, kind, problem: str, path: str = "set", split=None, **options):
    """The same for a look and for loading."""
    said = []
    for read in (described, lambda *a, **o: loaded(source(path, **options), tmp_path, split=split)):
        with pytest.raises(kind) as caught:
            read(tmp_path, split=split, **({"path": path} | options))
        said.append((caught.value.where, caught.value.problem, caught.value.hint))
    assert said[0] == said[1] and problem in said[0][1], said[0]
    return said[0]


def test_folders_are_classes_and_an_archive_gives_the_same(tmp_path):
    folder(tmp_path / "set", two_classes())
    archive(tmp_path / "set.zip", {f"outer/{name}": data for name, data in two_classes().items()})
    for name in ("set", "set.zip"):
        data = loaded(source(name, normalize=None), tmp_path)
        x = data.splits["train"].inputs["x"]
        assert data.labels == ["no", "yes"] and data.splits["train"].target.tolist() == [0, 0, 0, 1, 1, 1]
        assert lengths(data) == [5, 6, 7, 5, 6, 7] and tuple(data.inputs["x"]) == (7, 40) and x.dtype == np.float32
        assert data.inputs["x"].lengths and data.target_name == "class" and data.files[0]["written"] == name
        np.testing.assert_array_equal(x.row(4), spectra.spectrogram(
            two_classes()["yes/1.wav"], "", Form(8000, 40, 25.0, 10.0)))
    looked = describe(DataSettings(source=source(), prepare=["standardize"]), tmp_path)
    assert looked.fitted.columns[0].steps == [{"kind": "standardize"}], "nothing is learned of stand-ins"
    assert looked.bytes == data.bytes == 36 * 40 * 4 + 6 * 8
    assert looked.inputs["x"] == (7, 40) and looked.rows == {"train": 6}
    assert looked.about == ["set: 6 recordings of 0.07 to 0.09 s, at 8,000 Hz; rows of 5 to 7 steps of 40 mels"]


def test_splits_by_what_names_say(tmp_path):
    folder(tmp_path / "set", named())               # one_ann_0 has 5 steps, one_ann_1 6, ..., two_bob_2 16
    data = loaded(source(label=PATTERN, test={"n": "<1"}, validation={"speaker": "bob", "n": [2]}), tmp_path,
                  prepare=["standardize"])
    assert data.rows == {"train": 6, "validation": 2, "test": 4}
    assert lengths(data) == [6, 7, 9, 12, 13, 15] and lengths(data, "validation") == [10, 16]
    assert lengths(data, "test") == [5, 8, 11, 14] and data.splits["test"].target.tolist() == [0, 0, 1, 1]
    frames = data.splits["train"].inputs["x"].values
    assert np.allclose(frames.mean(0), 0, atol=1e-4) and np.allclose(frames.std(0), 1, atol=1e-3)
    assert tuple(data.inputs["x"]) == (16, 40), "the longest of all splits"
    held = loaded(source(label=PATTERN, test={"speaker": "bob"}), tmp_path, split={"validation": 0.5})
    assert held.rows == {"train": 3, "validation": 3, "test": 6} and lengths(held, "test") == [8, 9, 10, 14, 15, 16]
    assert len(data.files) == 1 and data.traces["test"].numbers.tolist() == [0, 3, 6, 9]


def test_a_test_folder_of_another_rate(tmp_path):
    folder(tmp_path / "set", two_classes())
    folder(tmp_path / "more", {"yes/0.wav": wav(tone(800, 0.1, 16000), 16000)})
    data = loaded(source(test="more"), tmp_path)
    assert data.rows == {"train": 6, "test": 1} and lengths(data, "test") == [8] and data.warnings == []
    assert data.splits["test"].target.tolist() == [1] and [file["written"] for file in data.files] == ["set", "more"]
    looked = described(tmp_path, test="more", rate=16000)
    assert "6 recordings have fewer samples a second, 8,000 at least" in looked.warnings[0].problem
    os.symlink("set", tmp_path / "again")
    where, _, _ = refused(tmp_path, ConfigError, "holds the recordings that the network is trained on", test="again")
    assert where == "data.source.audio_folder.test"


def test_training_recordings_of_several_rates_need_the_option(tmp_path):
    folder(tmp_path / "set", two_classes() | {"yes/9.wav": wav(tone(800, 0.1, 16000), 16000)})
    where, problem, hint = refused(tmp_path, ConfigError, "2 rates, 8,000 Hz (6) and 16,000 Hz (1)")
    assert where == "data.source.audio_folder.path" and "`rate: 8000`" in hint
    assert lengths(loaded(source(rate=8000), tmp_path))[-1] == 8


def test_longer_ones_are_cut_and_that_is_said(tmp_path, capsys):
    folder(tmp_path / "set", two_classes())
    data = loaded(source(longest=5), tmp_path, prepare=["standardize"])
    assert lengths(data) == [5] * 6 and data.splits["train"].inputs["x"].values.shape == (30, 40)
    assert "rows of 5 to 7 steps of 40 mels, 4 of which are cut at 5" in capsys.readouterr().err
    assert described(tmp_path, longest=5).inputs["x"] == (5, 40)
    data = loaded(source(longest=50), tmp_path)
    assert lengths(data) == [5, 6, 7, 5, 6, 7] and tuple(data.inputs["x"]) == (50, 40)
    assert capsys.readouterr().err == ""


def test_silence_is_said_and_finite(tmp_path, capsys):
    folder(tmp_path / "set", two_classes() | {"no/9.wav": wav(np.zeros(800)), "yes/9.wav": wav(np.zeros((800, 2)))})
    data = loaded(source(), tmp_path, prepare=["standardize"])
    assert np.isfinite(data.splits["train"].inputs["x"].values).all()
    assert "2 recordings are silent from beginning to end: set/no/9.wav, set/yes/9.wav" in capsys.readouterr().err


def test_recordings_are_computed_once(tmp_path, monkeypatch):
    folder(tmp_path / "set", two_classes())
    first = padded(loaded(source(), tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(spectra, "log_mel", None)
        patch.setattr(spectra, "read_head", None)
        assert np.array_equal(padded(loaded(source(), tmp_path)), first)
        described(tmp_path, mels=20)
        with pytest.raises(TypeError):
            loaded(source(mels=20), tmp_path)
    for place in (tmp_path / "cache").rglob("*.npy"):
        place.write_bytes(place.read_bytes()[:-1] + b"\0")
    assert np.array_equal(padded(loaded(source(), tmp_path)), first)
    folder(tmp_path / "set", {"no/0.wav": wav(tone(3000, 0.065))})
    assert not np.array_equal(padded(loaded(source(), tmp_path)), first)
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "set" / "no" / "0.wav"))
    assert len(loaded(source(), tmp_path).splits["train"]) == 6


def test_files_that_cannot_be_read_are_all_told(tmp_path):
    folder(tmp_path / "set", two_classes() | {"no/a.wav": b"", "yes/a.flac": b"what", "yes/b.ogg": b"OggS"})
    where, problem, hint = refused(tmp_path, DataError, "is empty")
    assert where == "set/no/a.wav" and "2 more cannot be read: set/yes/a.flac, set/yes/b.ogg" in hint


@pytest.mark.parametrize(("files", "problem"), [
    ({"a.txt": b"x"}, "holds no recording"), ({"no/1.wav": b"x"}, "has one class, 'no'"),
    ({"1.wav": b"x"}, "outside of the folders"), ({"a\n/1.wav": b"x", "b/1.wav": b"x"}, "cannot be printed")])
def test_folders_that_are_no_classes(tmp_path, files, problem):
    folder(tmp_path / "set", files)
    assert refused(tmp_path, DataError, problem)[0] == "set"


@pytest.mark.parametrize(("files", "options", "kind", "place", "problem"), [
    ({"x.wav": b"", "one_ann.wav": b""}, {}, DataError, "set",
     "2 of 14 recordings do not fit `label: {label}_{speaker}_{n}`: 'one_ann.wav', 'x.wav'"),
    ({"one_ann_b_3.wav": b""}, {}, DataError, "set/one_ann_b_3.wav", "in two ways: label: 'one', speaker: 'ann', n"),
    ({}, {"test": {"speaker": "anne"}}, ConfigError, "test.speaker", "no recording has speaker 'anne'"),
    ({}, {"test": {"speaker": "<3"}}, DataError, "set/one_ann_0.wav", "its speaker is 'ann', no whole number"),
    ({}, {"test": {"n": "<2"}, "validation": {"n": [1, 2]}}, ConfigError, "validation",
     "chooses 4 recordings that `test` chooses too, such as 'one_ann_1.wav'"),
    ({}, {"test": {"n": "<2"}, "validation": {"n": 2}}, ConfigError, "test", "leaves no recording for training"),
    ({"one_cy_9.wav": wav(tone())}, {"test": {"n": 9, "speaker": "bob"}}, ConfigError, "test", "fulfils all of it"),
    ({}, {"mels": 200}, ConfigError, "mels", "too short to tell so many bands apart"),
])
def test_names_and_options_that_do_not_fit(tmp_path, files, options, kind, place, problem):
    folder(tmp_path / "set", named() | files)
    where, _, hint = refused(tmp_path, kind, problem, label=PATTERN, **options)
    assert where in (place, f"data.source.audio_folder.{place}") and hint


def test_options_that_contradict_each_other():
    for options, problem in (({"hop": 30.0}, "what lies between would not be heard"),
                             ({"test": {"n": 1}}, "`label` does not tell what"), ({"label": "x"}, "needs the part"),
                             ({"label": PATTERN, "test": {"m": 1}}, "names 'm'")):
        with pytest.raises(ValueError, match=problem):
            create("data.sources", source(**options))


def test_names_of_every_language(tmp_path):
    names = [f"{label}_{name}_1.wav" for label in ("да", "いいえ") for name in ("Zoë", "李")]
    folder(tmp_path / "set", dict.fromkeys(names, wav(tone())))
    data = loaded(source(label=PATTERN, test={"speaker": "李"}), tmp_path)
    assert data.labels == ["да", "いいえ"] and data.rows == {"train": 2, "test": 2}


def test_a_missing_extra_is_told_before_anything_is_read(tmp_path, monkeypatch):
    for name in ("soundfile", "soxr"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            _, _, hint = refused(tmp_path, UsageError, "needs the packages `soundfile` and `soxr`", path="nowhere")
            assert hint == "pip install 'dlcli[audio]'"


def test_changed_recordings_are_refused(tmp_path):
    folder(tmp_path / "set", two_classes())
    known = loaded(source(), tmp_path).files
    assert loaded(source(), tmp_path, known=known).files == known
    (tmp_path / "set" / "no" / "0.wav").write_bytes(wav(tone(999)))
    with pytest.raises(DataError, match="not the file that the run was trained on"):
        loaded(source(), tmp_path, known=known)


DIGITS = {"path": "speech/recordings", "label": PATTERN}


def test_spoken_digits(shared_data, monkeypatch):
    """The Free Spoken Digit Dataset: by its own division, and with a speaker held out."""
    monkeypatch.setenv("DLCLI_DATA", str(shared_data))
    looked = described(shared_data, **DIGITS, test={"n": "<5"})
    assert looked.rows == {"train": 2700, "test": 300} and looked.inputs["x"] == (226, 40)
    assert looked.labels == [str(digit) for digit in range(10)] and set(looked.target.counts) == {270}
    held = described(shared_data, **DIGITS, test={"speaker": "george"}, validation={"speaker": ["theo"]})
    assert held.rows == {"train": 2000, "validation": 500, "test": 500}
    data = loaded(source(**DIGITS, test={"n": "<5"}, longest=100), prepare=["standardize"])
    frames = data.splits["train"].inputs["x"].values
    assert np.isfinite(frames).all() and np.allclose(frames.mean(0), 0, atol=1e-4)
    assert data.splits["test"].lengths["x"].max() == 100
