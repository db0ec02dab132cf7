"""What the metrics see: predictions of the loss, in the target's own units, and the positive class."""

import math

import numpy as np
import pytest

from dlcli.engine import registry
from dlcli.training.scores import Scores, evaluate, outputs, weights_sha256
from tests.training.runs import Records, build, train

REGRESSION = """
data: {source: diabetes, split: {train: 0.6, validation: 0.2}, prepare: [standardize, scale_target]}
network: [{linear: {units: 1}}]
loss: mse
optimizer: {adam: {learning_rate: 0.05}}
training: {epochs: 2}
"""
BINARY = """
data: {source: breast_cancer, positive: POSITIVE, split: {train: 0.6, validation: 0.4}, prepare: [standardize]}
network: [{linear: {units: 1}}]
loss: binary_cross_entropy
optimizer: {adam: {learning_rate: 0.001}}
metrics: [f1, accuracy]
training: {epochs: 1}
"""


def test_values_are_judged_in_their_own_units_and_the_loss_in_those_of_training():
    records = Records()
    trainer = train(build(text=REGRESSION), watchers=[records])
    scale = trainer.experiment.data.fitted.target.steps[0]["scale"][0]
    for record in records.epochs:
        for split in ("train", "validation"):
            assert record[split]["rmse"] == pytest.approx(scale * math.sqrt(record[split]["loss"]), rel=1e-5)


@pytest.mark.parametrize("positive", ["benign", "malignant"])
def test_f1_is_that_of_the_positive_class(positive):
    records = Records()
    trainer = train(build(text=BINARY.replace("POSITIVE", positive)), watchers=[records])
    e = trainer.experiment
    network = e.network(train=False)
    network.parameters.load(trainer.network.parameters.arrays())
    handle = network.add(e.data.splits["validation"])
    network.start()
    _, (y, t, *_) = outputs(network, handle)
    wanted = e.data.labels.index(positive)
    guess, true = (y[:, 0] > 0).astype(int) == wanted, t == wanted
    assert records.epochs[0]["validation"]["f1"] == pytest.approx(2 * (guess & true).sum() / (guess.sum() + true.sum()))
    seen = records.epochs[0]["train"]["f1"]
    trainer.scores.start()
    assert 0 < seen < 1 and trainer.scores._metrics["f1"].positive == wanted


def test_probabilities_are_judged_where_the_choice_alone_is_not_enough():
    e = build("metrics=[accuracy, mse, roc_auc]", "training.epochs=1")
    trainer = train(e)
    network = e.network(train=False)
    network.parameters.load(trainer.network.parameters.arrays())
    handle = network.add(e.data.splits["validation"])
    network.start()
    loss, (y, t, *_) = outputs(network, handle)
    p = np.exp(y) / np.exp(y).sum(1, keepdims=True)
    expected = {"loss": loss}
    for metric in (registry.create("metrics", kind) for kind in ("accuracy", "mse", "roc_auc")):
        metric.start(e.data.target, 1)
        metric.update(y, p, t)
        expected[metric.kind] = metric.result()
    found = evaluate(network, handle, Scores(network, {m.kind: m for m in e.metrics}, e.data.target, None))
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_hash_is_of_every_parameter_and_buffer():
    network = train(build("training.epochs=1")).network
    seen = {weights_sha256(network)}
    for array in network.parameters.arrays().values():
        array.reshape(-1)[-1] += 1
        seen.add(weights_sha256(network))
    assert len(seen) == 1 + len(network.parameters.arrays())
