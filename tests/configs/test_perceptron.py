"""Rosenblatt's rule, Novikoff's bound on its updates, and what no single layer can learn."""

import numpy as np
import pytest

from dlcli.training.scores import evaluate
from dlcli.training.watcher import Watcher
from tests.configs.cases import trained

BLOBS = "data.source={blobs: {n: 200, classes: 2, distance: 6, noise: 0.8}}"
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1]}


class Steps(Watcher):
    """What each step added to the weights, with the row that it saw."""

    def start(self, trainer):
        self.weights, self.added, self.rows = trainer.network.theta.copy(), [], []

    def step(self, trainer):
        theta, at = trainer.network.theta, trainer.progress.position - 1
        self.added.append(theta - self.weights)
        self.rows.append(trainer.handles["train"].order[at])
        self.weights = theta.copy()


def plane(trainer):
    """Rows with a 1 for the bias (in the order of theta: W, b), and their signs."""
    rows = trainer.experiment.data.splits["train"]
    return np.column_stack([rows.inputs["x"], np.ones(len(rows))]).astype(float), np.where(rows.target == 1, 1.0, -1.0)


def widest(x, signs):
    """The largest margin, nearly: always add the row with the smallest one (Krauth and Mezard 1987)."""
    signed = x * signs[:, None]
    w = np.zeros(x.shape[1])
    for _ in range(20_000):
        w += signed[np.argmin(signed @ w)]
    return (signed @ w).min() / np.linalg.norm(w)


def rosenblatt(x, signs, rows):
    """The rule as in the textbooks, over rows in the order given: final weights and how often they changed."""
    w, changes = np.zeros(x.shape[1]), 0
    for i in rows:
        if signs[i] * (x[i] @ w) <= 0:
            w += signs[i] * x[i]
            changes += 1
    return w, changes


@pytest.mark.parametrize("overrides", [(), (BLOBS,), (BLOBS, "seed=1"), (BLOBS, "seed=2")])
def test_separable_data_ends_without_mistakes_within_novikoffs_bound(overrides):
    watcher = Steps()
    trainer = trained("perceptron", *overrides, watchers=[watcher])
    x, signs = plane(trainer)
    updates = sum(bool(added.any()) for added in watcher.added)
    gamma = widest(x, signs)
    assert gamma > 0, "not separable: the test's data is wrong"
    assert 1 <= updates <= (np.linalg.norm(x, axis=1).max() / gamma) ** 2
    assert trainer.progress.stopped.startswith("0 mistakes")
    assert (signs * (x @ trainer.network.theta) > 0).all()


@pytest.mark.parametrize("overrides", [(), (BLOBS,)])
def test_every_step_is_rosenblatts(overrides):
    watcher = Steps()
    trainer = trained("perceptron", *overrides, watchers=[watcher])
    x, signs = plane(trainer)
    w, changes = rosenblatt(x, signs, watcher.rows)
    assert changes == sum(bool(added.any()) for added in watcher.added)
    np.testing.assert_allclose(trainer.network.theta, w, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("gate", GATES)
def test_no_mistakes_means_none_with_the_final_weights(gate, tmp_path):
    """Scores of exactly 0 are common here, and so are epochs in which every row was right at its turn, yet the weights
    moved after it."""
    rows = [f"{a},{b},{GATES[gate][2 * a + b]}" for a in (0, 1) for b in (0, 1)]
    (tmp_path / "gate.csv").write_text("\n".join(["a,b,out", *rows]) + "\n")
    for seed in range(12):
        trainer = trained(
            "perceptron", f"seed={seed}", f"data.source={{csv: {{file: '{tmp_path}/gate.csv', target: out}}}}"
        )
        assert evaluate(trainer.network, trainer.handles["train"], trainer.scores)["accuracy"] == 1.0, seed


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_xor_has_no_line(seed):
    watcher = Steps()
    trainer = trained("perceptron", "data.source=xor", f"seed={seed}", watchers=[watcher])
    assert trainer.progress.stopped is None and trainer.progress.epoch == 100
    assert any(added.any() for added in watcher.added[-4:]), "it never rests"
    assert evaluate(trainer.network, trainer.handles["train"], trainer.scores)["accuracy"] < 1


def test_the_program_says_that_xor_was_not_learned(tmp_path, monkeypatch, capsys):
    """With -q too. The loss of its best epoch, of zeros, is 0, and its accuracy that of chance."""
    from dlcli.cli import main
    from tests.configs.cases import FOLDER

    monkeypatch.chdir(tmp_path)
    for quiet in (("-q",), ()):         # in this order, since -q silences the remarks of data for the whole process
        status = main(["train", str(FOLDER / "perceptron.yaml"), "data.source=xor", *quiet])
        told = capsys.readouterr()
        assert status == 0
        assert "Not learned" in told.err and "not linearly separable" in " ".join(told.err.split())
        assert "best train.accuracy 0.5000 in epoch 1" in told.out


@pytest.mark.parametrize("overrides", [
    ("data.source=iris", "network.0.linear.units=3", "~network.1", "metrics=[]"),
    ("data.source.iris.labels={setosa: other, virginica: other}", "metrics=[f1]"),
    ("data.source={moons: {n: 60, noise: 0.3}}", "data.split={train: 0.6, validation: 0.4}")], ids=str)
def test_the_best_epoch_is_the_one_with_fewest_mistakes(overrides):
    class Values(Watcher):
        def epoch(self, trainer, record):
            values.append(record.get("validation", record.get("train_evaluated"))["accuracy"])

    values = []
    trainer = trained("perceptron", "training.epochs=25", *overrides, watchers=[Values()])
    best = trainer.progress.best
    assert len(set(values)) > 1 and best.value == max(values) and best.epoch == values.index(max(values)) + 1
    assert trainer.best.monitor.endswith(".accuracy") and trainer.best.better == "max"


@pytest.mark.parametrize("seed", range(8))
def test_a_hidden_layer_solves_xor(seed):
    trainer = trained("xor_mlp", f"seed={seed}")
    assert trainer.progress.stopped.startswith("0 mistakes")
    assert evaluate(trainer.network, trainer.handles["train"], trainer.scores)["accuracy"] == 1.0
