"""Training with a state that is carried on: resumed in mid-stream, on any number of workers, checked by differences."""

import numpy as np
import pytest

from dlcli import api
from dlcli.errors import ConfigErrors, Interrupted
from tests.api.test_generate import CONFIG, TEXT
from tests.training.runs import StopAt


def config(folder, layer: str, places: str = "places: in_order"):
    (folder / "a.txt").write_text(TEXT)
    (folder / "c.yaml").write_text(CONFIG.replace("LAYER", layer).replace("PLACES", places))
    return folder / "c.yaml"


CARRIED = ["lstm: {units: 5, layers: 2, dropout: 0.2, carry: true}", "gru: {units: 5, carry: true}",
           "gru: {units: 5, carry: true, reset: before}", "rnn: {units: 5, carry: true}"]


@pytest.mark.parametrize("layer", CARRIED)
def test_resumed_in_mid_stream_and_on_any_number_of_workers_gives_the_same_bytes(layer, tmp_path):
    path, hashes = config(tmp_path, layer), set()
    for workers, form in ((1, "serial"), (2, "fork"), (4, "thread"), (8, "fork")):
        found = api.train(path, runs=tmp_path / "runs", workers=workers, parallel=form)
        hashes.add(found["weights_sha256"])
    for stop in (1, 9, 25):
        with pytest.raises(Interrupted) as stopped:
            api.train(path, runs=tmp_path / "runs", watchers=[StopAt(stop)])
        hashes.add(api.resume(stopped.value.document["run"], runs=tmp_path / "runs")["weights_sha256"])
    assert len(hashes) == 1


@pytest.mark.parametrize("layer", CARRIED + ["lstm: {units: 4}"])
def test_gradients_are_right(layer, tmp_path):
    assert api.gradcheck(config(tmp_path, layer))["passed"]


@pytest.mark.parametrize("layer, places, problem", [
    ("lstm: {units: 4, carry: true}", "places: random", "places: in_order"),
    ("lstm: {units: 4, direction: both}", "places: in_order", "looks ahead"),
    ("lstm: {units: 4, direction: both, carry: true}", "places: in_order", "cannot carry a state on"),
])
def test_what_cannot_be_learned_honestly(layer, places, problem, tmp_path):
    with pytest.raises(ConfigErrors, match=problem):
        api.train(config(tmp_path, layer, places), runs=tmp_path / "runs")


def test_the_state_is_carried_and_not_past_the_beginning_of_a_text(tmp_path):
    """The network's answers are those to each whole text: windows of 8, evaluated in 8 streams, beside one pass."""
    path = config(tmp_path, "lstm: {units: 5, carry: true}")
    run = api.train(path, ["training.epochs=1"], runs=tmp_path / "runs")["run"]
    carried = api.evaluate(run, split="validation")["metrics"]["loss"]
    apart = api.train(path, ["training.epochs=1", "network.lstm1.lstm.carry=false"], runs=tmp_path / "runs")["run"]
    assert carried != api.evaluate(apart, split="validation")["metrics"]["loss"] and np.isfinite(carried)
