"""Each small config shows what its comment says."""

from math import prod

import numpy as np
import pytest

from dlcli.config.build import outline
from dlcli.training.scores import evaluate
from dlcli.training.watcher import Watcher
from tests.configs.cases import config, trained


class Epochs(Watcher):
    def start(self, trainer):
        self.records = []

    def epoch(self, trainer, record):
        self.records.append(record)


def scores(trainer, split):
    """Loss and metrics with the final weights, of a split that was not added before the start too."""
    rows = trainer.experiment.data.splits[split]
    network = trainer.experiment.network(train=False)
    handle = network.add(rows)
    network.start()
    network.parameters.load(trainer.network.parameters.arrays())
    return evaluate(network, handle, trainer.scores)


@pytest.mark.parametrize("overrides, steps", [
    ((), 1),
    (("training.batch_size=1", "optimizer.sgd.learning_rate=0.01", "training.epochs=20"), 398),
    (("training.batch_size=32",), 13),
])
def test_batch_stochastic_and_mini_batch_descent_all_arrive(overrides, steps):
    trainer = trained("batch_gradient_descent", *overrides)
    assert trainer.steps_per_epoch == steps
    assert scores(trainer, "test")["accuracy"] > 0.95


def test_batch_descent_goes_down_at_every_step_and_stochastic_does_not():
    batch, single = Epochs(), Epochs()
    trained("batch_gradient_descent", watchers=[batch])
    trained(
        "batch_gradient_descent",
        "training.batch_size=1",
        "optimizer.sgd.learning_rate=0.5",
        "training.epochs=20",
        watchers=[single],
    )
    falls = [np.diff([record["train"]["loss"] for record in watcher.records]) < 0 for watcher in (batch, single)]
    assert falls[0].all() and not falls[1].all()


def test_iris_softmax():
    trainer = trained("iris_softmax")
    assert scores(trainer, "test")["accuracy"] >= 0.93
    assert trained("iris_softmax", "~network.softmax1").network.theta.tobytes() == trainer.network.theta.tobytes()


def test_diabetes_is_ridge_regression():
    trainer = trained("diabetes_linear", "training.epochs=4000", "training.dtype=float64")
    rows, penalty = trainer.experiment.data.splits["train"], trainer.experiment.optimizer.l2
    x, t = rows.inputs["x"], rows.target[:, 0]
    closed = np.linalg.solve(2 / len(x) * x.T @ x + penalty * np.eye(x.shape[1]), 2 / len(x) * x.T @ t)
    np.testing.assert_allclose(trainer.network.theta[:-1], closed, atol=1e-4)
    assert 0.4 < scores(trained("diabetes_linear", "seed=1"), "test")["r2"] < 0.6


def test_lasso_leaves_fewer_weights():
    small = [
        (np.abs(trained("diabetes_linear", *o).network.theta[:-1]) < 0.02).sum()
        for o in ((), ("optimizer.sgd.l1=0.05",))
    ]
    assert small[0] < small[1]


def test_overfitting_learns_by_heart_and_its_cures():
    trainer = trained("overfitting")
    ill = scores(trainer, "validation")["loss"]
    assert scores(trainer, "train")["accuracy"] == 1.0 and ill > 4 * trainer.progress.best.value
    dropouts = [f"+network.after.relu{i}={{dropout: {{p: 0.5}}}}" for i in (1, 2)]
    cures = (["training.early_stop={patience: 20}"], dropouts, ["optimizer.adamw.weight_decay=3"],
             ["data.source.moons.n=2000", "training.epochs=200"])
    for cure in cures:
        assert scores(trained("overfitting", *cure), "validation")["loss"] < 0.5 * ill, cure


def test_residual_blocks_let_a_deep_network_learn():
    trainer = trained("deep_residual")
    assert len([node for node in trainer.experiment.graph.nodes if node.layer.kind == "linear"]) > 20
    assert scores(trainer, "test")["accuracy"] > 0.94


@pytest.mark.parametrize(("name", "parameters", "multiply_adds"), [
    ("alexnet", 61_100_840, 714_188_480), ("vgg16", 138_357_544, 15_470_264_320),
    ("resnet18", 11_689_512, 1_814_073_344), ("resnet50", 25_557_032, 4_089_184_256)])
def test_published_networks_have_the_published_number_of_parameters_and_of_multiply_adds(
    name, parameters, multiply_adds
):
    """A multiply-add is two operations; biases, activations, normalisation and pooling, which are not published, come
    to less than 1 %."""
    graph = outline(config(name)).graph
    assert sum(prod(p.shape) for node in graph.nodes for p in node.layer.params.values()) == parameters
    assert 2 * multiply_adds < graph.flops() < 1.01 * 2 * multiply_adds
