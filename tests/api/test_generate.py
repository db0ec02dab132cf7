"""Going on with a text: exact, one step at a time, and what cannot be done."""

import numpy as np
import pytest

from dlcli import api
from dlcli.errors import RunError, UsageError

CONFIG = """
name: text
data:
  source: {text: {file: a.txt, window: 8, PLACES}}
  split: {validation: 0.2}
network:
  - embedding: {units: 6, init: {normal: {std: 1.0}}}
  - LAYER
  - linear: {units: 12}
loss: cross_entropy
metrics: [accuracy, perplexity, bits_per_character]
optimizer: {adam: {learning_rate: 0.02}}
training: {epochs: 4, batch_size: 8, shards: 2}
"""
TEXT = "the cat sat on the mat\nthe hat\n" * 40


def trained(folder, layer="lstm: {units: 10, layers: 2, carry: true}", places="places: in_order", text=TEXT, *changes):
    (folder / "a.txt").write_text(text)
    config = folder / "c.yaml"
    config.write_text(CONFIG.replace("LAYER", layer).replace("PLACES", places))
    return api.train(config, changes, runs=folder / "runs")["run"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("text"))


def test_what_is_learned_is_written(run):
    pieces = []
    found = api.generate(run, "the c", tokens=60, temperature=0, each=pieces.append)
    assert found["stepwise"] and len(found["text"]) == 60 and "".join(pieces) == found["text"] and len(pieces) == 60
    assert set(found["text"].split()) & {"the", "cat", "sat", "mat", "hat", "on"}
    assert found["warnings"] == []


def test_the_same_seed_writes_the_same_and_sampling_narrows(run):
    first, again, other = (api.generate(run, "the ", tokens=80, seed=seed)["text"] for seed in (1, 1, 2))
    assert first == again != other
    greedy = api.generate(run, "the ", tokens=40, temperature=0)["text"]
    assert api.generate(run, "the ", tokens=40, top_k=1)["text"] == greedy
    assert api.generate(run, "the ", tokens=40, top_p=1e-9)["text"] == greedy
    assert api.generate(run, "the ", tokens=40, temperature=1e-3, seed=5)["text"] == greedy


def test_a_step_at_a_time_gives_what_the_whole_window_does(run):
    from dlcli.api import _stored
    from dlcli.evaluation.generation import Writer

    model = _stored.asked(run, "runs", None)
    arrays = {}
    _stored.load(model, arrays.update)
    experiment = _stored.rowless_experiment(model)
    ids = np.array([3, 1, 4, 1, 5, 9, 2, 6])
    writer, whole = Writer(experiment, arrays), Writer(experiment, arrays)
    assert writer.stepwise
    network = experiment.network(train=False)
    network.parameters.load(arrays)
    from dlcli.data.dataset import Dataset

    handle, seen = network.add(Dataset({"x": ids[None]}, ids[None])), []
    with network, writer, whole:
        network.evaluate(handle, lambda a: seen.append(a.y.copy()))
        for k in range(1, 9):
            np.testing.assert_allclose(whole.begin(ids[:k]), seen[0][0, k - 1], rtol=2e-5, atol=2e-6)
        scores = writer.begin(ids[:3])
        for token in ids[3:]:
            scores = writer.read(token)
        np.testing.assert_allclose(scores, seen[0][0, 7], rtol=2e-5, atol=2e-6)


def test_what_the_training_text_does_not_have_is_said(run):
    assert api.generate(run, "the §", tokens=5)["warnings"] == [
        "1 of 5 characters of the prompt are unknown: the training text does not have them"]


@pytest.mark.parametrize("options, problem", [
    ({"prompt": ""}, "is empty"), ({"tokens": 0}, "1 or more"), ({"temperature": -1}, "0 or more"),
    ({"top_p": 0.0}, "above 0"), ({"top_k": 0}, "1 or more"), ({"seed": -1}, "0 or more")])
def test_options_that_are_none(options, problem, run):
    with pytest.raises(UsageError, match=problem):
        api.generate(run, **options)


def test_a_network_of_other_data_has_no_text(tmp_path):
    (tmp_path / "c.yaml").write_text("""
data: {source: iris}
network: [{linear: {units: 3}}]
loss: cross_entropy
optimizer: adam
training: {epochs: 1}
""")
    run = api.train(tmp_path / "c.yaml", runs=tmp_path / "runs")["run"]
    with pytest.raises(RunError, match="was trained on `iris`, and cannot go on with a text"):
        api.generate(run)
