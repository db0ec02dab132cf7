"""Recordings for a trained network."""

import json

import numpy as np
import pytest

from dlcli.data.audio.listing import files_of, is_recording, reads_recordings, recordings_in
from dlcli.data.audio.new import folder_table, recording_table
from dlcli.data.dataset import Data
from dlcli.data.files.find import Files
from dlcli.data.fit import make_dataset
from dlcli.data.ragged import Ragged
from dlcli.errors import DataError
from dlcli.storage.forms import FormError
from tests.data.pictures import archive, folder
from tests.data.recordings import PATTERN, named, source, tone, two_classes, wav
from tests.data.rig import loaded

pytest.importorskip("soundfile")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(tmp_path) -> Data:
    folder(tmp_path / "set", two_classes())
    return loaded(source(), tmp_path, prepare=["standardize"])


def stored(data: Data) -> Data:
    return Data.of(json.loads(json.dumps(data.state(), allow_nan=False)))


def prepared(table, data: Data, labelled: bool = False):
    fitted, rows = stored(data).fitted, np.arange(len(table))
    return make_dataset(table, rows, fitted, fitted.target.values(table, rows) if labelled else None)


def test_a_training_recording_reads_as_in_training(tmp_path, data):
    found = prepared(recording_table(files_of(["set/yes/1.wav", "set/no/0.wav"]), stored(data).fitted), data)
    own = data.splits["train"].inputs["x"]
    for i, row in enumerate((4, 0)):
        np.testing.assert_array_equal(found.inputs["x"].row(i), own.row(row))
    assert found.lengths["x"].tolist() == [6, 5] and found.inputs["x"].shape == (2, 7, 40)
    archive(tmp_path / "a.zip", two_classes())
    for name in ("set", "a.zip"):
        every = recordings_in(name)
        assert every.names[4] == f"{name}/yes/1.wav" and is_recording(every.names[4])
        whole = prepared(recording_table(every, stored(data).fitted), data)
        np.testing.assert_array_equal(np.asarray(whole.inputs["x"]), np.asarray(own))


def test_what_the_network_does_not_hear_is_said(tmp_path, data, capsys):
    folder(tmp_path / "new", {"long.wav": wav(tone(500, 1)), "still.wav": wav(np.zeros(640)),
                              "low.wav": wav(tone(500, 0.08, 4000), 4000),
                              "high.wav": wav(tone(500, 0.08, 44100), 44100)})
    found = prepared(recording_table(recordings_in("new"), stored(data).fitted), data)
    said = capsys.readouterr().err
    assert "new/long.wav: longer than the 7 steps that the network reads, 0.07 s; the rest is left out" in said
    assert "new/still.wav: silent from" in said and "new/low.wav: of fewer samples a second" in said
    assert "high" not in said and found.lengths["x"].tolist() == [6, 7, 6, 6]


def test_recordings_that_cannot_be_read(tmp_path, data):
    folder(tmp_path / "new", {"a.wav": b"", "b.wav": wav(tone()), "c.wav": b"RIFF"})
    bad: dict = {}
    table = recording_table(recordings_in("new"), stored(data).fitted, bad)
    assert len(table) == 1 and table.where(0, None) == "new/b.wav" and [*bad] == [0, 2]
    with pytest.raises(DataError, match="is empty") as caught:
        recording_table(recordings_in("new"), stored(data).fitted)
    assert "1 more cannot be read: new/c.wav" in caught.value.hint
    with pytest.raises(DataError, match="no such file"):
        recording_table(files_of(["nowhere.wav"]), stored(data).fitted)
    with pytest.raises(DataError, match="is a recording, and the run was trained on 'sepal"):
        recording_table(files_of(["new/b.wav"]), loaded("iris").fitted)
    assert reads_recordings(data.fitted) and not reads_recordings(loaded("iris").fitted)


@pytest.mark.parametrize("several", [False, True])
def test_a_folder_with_classes(tmp_path, several):
    folder(tmp_path / "set", named())
    folder(tmp_path / "new", {"two_eve_0.wav": wav(tone(900, 0.1)), "one_eve_1.wav": wav(tone(300, 0.1))})
    data = loaded(source(label=PATTERN, join={} if several else None), tmp_path)
    table = folder_table(Files(tmp_path), "new", stored(data).fitted, "class")
    found = prepared(table, data, labelled=True)
    if several:
        assert isinstance(found.target, Ragged) and found.target_lengths.tolist() == [1, 1]
    assert np.asarray(found.target).reshape(2, -1)[:, 0].tolist() == [0, 1]
    assert table.where(1, None) == "new/two_eve_0.wav"
    folder(tmp_path / "new", {"six_eve_0.wav": wav(tone())})
    with pytest.raises(DataError, match="no class 'six'"):
        prepared(folder_table(Files(tmp_path), "new", stored(data).fitted, "class"), data, labelled=True)


@pytest.mark.parametrize("change", [{"mels": 20}, {"rate": 0}, {"rate": "x"}, {"hop": 0}, {"window": -1}, {"more": 1}])
def test_a_checkpoint_that_does_not_fit_is_refused(data, change):
    state = json.loads(json.dumps(data.state()))
    state["fitted"]["columns"][0]["sound"] |= change
    with pytest.raises(FormError):
        Data.of(state)
