"""The loop: what it reports, and when it ends."""

import math

import numpy as np
import pytest

from dlcli.config import ConfigErrors
from dlcli.errors import NumericalError
from dlcli.layers.linear import Linear
from dlcli.training.evaluation import Scores, evaluate, weights_sha256
from dlcli.training.watcher import Watcher
from tests.training.runs import build, make_run, train

PLAIN = ("~network.batch_norm1", "~network.dropout1")
REGRESSION = """
data: {source: diabetes, split: {train: 0.6, validation: 0.2}, prepare: [standardize, scale_target]}
network: [{linear: {units: 1}}]
loss: mse
optimizer: {adam: {learning_rate: 0.05}}
training: {epochs: 2}
"""

class Records(Watcher):
    def __init__(self):
        self.epochs, self.steps = [], []

    def epoch(self, trainer, record):
        self.epochs.append({k: v for k, v in record.items() if k != "seconds"})

    def step(self, trainer):
        self.steps.append(trainer.last)


def test_the_same_config_and_seed_give_the_same_bytes_and_another_seed_does_not():
    a, b, c = train(build()), train(build()), train(build("seed=4"))
    assert weights_sha256(a.network) == weights_sha256(b.network) != weights_sha256(c.network)


def test_metrics_of_an_epoch_are_those_of_its_rows():
    records = Records()
    trainer = train(build("training.epochs=1", "training.batch_size=all"), watchers=[records])
    (record,), ((loss, norm, rate),) = records.epochs, records.steps
    assert record["train"]["loss"] == pytest.approx(loss) and record["gradient_norm"] == pytest.approx(norm) and rate == 0.01
    assert trainer.progress.step == 1 and set(record["validation"]) == {"loss", "accuracy"}


def test_what_is_written_of_an_epoch_with_many_steps():
    records = Records()
    train(build("schedule=cosine"), watchers=[records])
    for i, record in enumerate(records.epochs):
        _, norms, rates = zip(*records.steps[6 * i:6 * i + 6])
        assert record["gradient_norm"] == pytest.approx(np.mean(norms)) and record["learning_rate"] == rates[-1]
        assert (record["epoch"], record["step"]) == (i + 1, 6 * i + 6)


def test_each_epoch_has_an_order_of_its_own():
    orders = []

    class Orders(Watcher):
        def epoch(self, trainer, record):
            orders.append(trainer.network.feeds[trainer.feeds["train"]].order.tolist())

    train(build(), watchers=[Orders()])
    assert all(sorted(order) == list(range(90)) for order in orders) and len(set(map(tuple, orders))) == 4
    orders.clear()
    train(build("training.shuffle=false"), watchers=[Orders()])
    assert orders == [list(range(90))] * 4


@pytest.mark.parametrize("size, steps", [("all", 1), ("1", 90), ("16", 6), ("1000", 1)])
def test_batch_sizes(size, steps):
    assert train(build("training.epochs=1", f"training.batch_size={size}", "~network.batch_norm1")).progress.step == steps


def test_early_stopping_ends_and_restores_the_best_epoch():
    records = Records()
    e = build("training.early_stop={patience: 2}", "training.epochs=200", "optimizer.adam.learning_rate=0.05")
    trainer = train(e, watchers=[records])
    losses = [r["validation"]["loss"] for r in records.epochs]
    best = int(np.argmin(losses))
    assert trainer.progress.stopped and len(losses) == best + 3 and trainer.progress.best.epoch == best + 1
    again = e.network(train=False)
    again.parameters.load(trainer.network.parameters.arrays())
    feed = again.add(e.data.splits["validation"])
    again.start()
    assert evaluate(again, feed, Scores(again, {}, e.data.target, None))["loss"] == pytest.approx(min(losses), rel=1e-6)


@pytest.mark.parametrize("monitor", ["train.loss", "train.accuracy"])
def test_what_is_put_back_is_what_was_judged(monitor):
    """A value of the training split is that of the weights after the epoch, not the mean over weights that were changing."""
    records = Records()
    e = build(f"training.monitor={monitor}", "training.early_stop={patience: 3}", "training.epochs=30", "optimizer.adam.learning_rate=0.3")
    trainer = train(e, watchers=[records])
    name, best = monitor.partition(".")[2], trainer.progress.best
    network = e.network(train=False)
    network.parameters.load(trainer.network.parameters.arrays())
    feed = network.add(e.data.splits["train"])
    network.start()
    scores = evaluate(network, feed, Scores(network, {m.kind: m for m in e.metrics}, e.data.target, None))
    assert scores[name] == pytest.approx(best.value, rel=1e-6)
    values = [r["train_evaluated"][name] for r in records.epochs]
    assert best.value == (min if name == "loss" else max)(values) and best.epoch == values.index(best.value) + 1
    assert any(r["train"][name] != value for r, value in zip(records.epochs, values)), "the running value stays in the journal"


@pytest.mark.parametrize("overrides", [(), ("training.monitor=validation.loss",), ("training.early_stop={mistakes: 0}",)])
def test_the_training_split_is_looked_at_again_only_where_that_is_kept(overrides):
    records = Records()
    train(build(*overrides), watchers=[records])
    assert not any("train_evaluated" in r for r in records.epochs)
    assert any(r["best"] for r in records.epochs) == bool(overrides), "a best epoch is one whose weights are kept"


def test_a_monitored_metric_where_more_is_better():
    records = Records()
    trainer = train(build("training.monitor=validation.accuracy", "training.epochs=6"), watchers=[records])
    values = [r["validation"]["accuracy"] for r in records.epochs]
    assert trainer.progress.best.value == max(values) and trainer.progress.best.epoch == values.index(max(values)) + 1


def test_a_loss_that_is_not_finite_is_an_error_with_its_place():
    with pytest.raises(NumericalError, match=r"epoch 1, step \d+: the (loss|gradient) is no longer a finite number"):
        train(build("optimizer={sgd: {learning_rate: 1e30}}", "~network.batch_norm1"))


def test_a_gradient_that_is_not_finite_is_an_error_although_the_loss_is(monkeypatch):
    right = Linear.backward

    def planted(self, x, y, dy, dx):
        right(self, x, y, dy, dx)
        self.db[0] = math.inf

    monkeypatch.setattr(Linear, "backward", planted)
    with pytest.raises(NumericalError, match="epoch 1, step 1: the gradient is no longer a finite number"):
        train(build())


def test_without_restoring_the_last_weights_stay():
    found = {}
    for restore in ("true", "false"):
        stop = f"training.early_stop={{patience: 2, restore_best: {restore}}}"
        found[restore] = train(build(stop, "training.epochs=200", "optimizer.adam.learning_rate=0.05"))
    last = train(build(f"training.epochs={found['true'].progress.epoch}", "optimizer.adam.learning_rate=0.05"))
    assert weights_sha256(found["false"].network) == weights_sha256(last.network) != weights_sha256(found["true"].network)


def test_a_plateau_of_a_value_that_should_grow():
    records = Records()
    train(build("schedule={reduce_on_plateau: {patience: 0, gamma: 0.5}}", "training.monitor=validation.accuracy", "training.epochs=8"),
          watchers=[records])
    rate, best = 0.01, -1.0
    for record in records.epochs:
        assert record["learning_rate"] == pytest.approx(rate)
        value = record["validation"]["accuracy"]
        rate, best = rate * (1 if value > best + 1e-4 else 0.5), max(best, value)
    assert 0.0001 < rate < 0.01


def test_a_step_is_saved_once(tmp_path):
    saved = []

    class Saved(Watcher):
        def saved(self, trainer, name):
            saved.append(trainer.progress.step)

    e = build("training.checkpoint={every_steps: 3}")
    run = make_run(tmp_path, e)
    train(e, run, [Saved()])
    run.journal.close()
    assert saved == [3, 6, 9, 12, 15, 18, 21, 24, 24]       # and the end, with the best weights


def test_learning_rates_follow_the_schedule():
    records = Records()
    train(build("schedule={linear_warmup: {steps: 10}}", "training.epochs=3"), watchers=[records])
    rates = [rate for _, _, rate in records.steps]
    assert rates[9:] == pytest.approx([0.01] * 9) and all(a < b for a, b in zip(rates[:9], rates[1:10]))


def test_no_metric_is_nan_where_the_last_batch_is_short():
    records = Records()
    train(build("training.batch_size=89", "training.epochs=1"), watchers=[records])
    assert all(math.isfinite(v) for v in records.epochs[0]["train"].values())


@pytest.mark.parametrize("overrides", [
    ("loss={cross_entropy: {class_weights: [1.0, 5.0, 0.2]}}",), ("training.accumulate=3",), ("training.accumulate=2", "training.shards=3"),
    ("data.sampling=balanced",)], ids=str)
def test_the_loss_of_an_epoch_is_that_of_its_rows_together(overrides):
    """With nearly no step size, all batches see the same weights: the epoch's mean must be that of one pass over its rows."""
    records = Records()
    still = (*PLAIN, "training.epochs=1", "training.batch_size=7", "optimizer={sgd: {learning_rate: 1e-12}}")
    trainer = train(build(*still, *overrides), watchers=[records])
    e = trainer.experiment
    network = e.network()
    network.parameters.load(trainer.network.parameters.arrays())
    network.add(e.data.splits["train"])
    network.feeds[0].order[...] = trainer.batches.order(0)
    network.start()
    scores = Scores(network, {m.kind: m for m in e.metrics}, e.data.target, None)
    assert records.epochs[0]["train"] == pytest.approx(evaluate(network, 0, scores), rel=1e-6)


def test_values_are_judged_in_their_own_units_and_the_loss_in_those_of_training():
    records = Records()
    trainer = train(build(text=REGRESSION), watchers=[records])
    e, last = trainer.experiment, records.epochs[-1]["validation"]
    scale = e.data.fitted["target"]["steps"][0]["scale"][0]
    assert last["rmse"] == pytest.approx(scale * math.sqrt(last["loss"]), rel=1e-5)


def test_an_accuracy_stops_early_too():
    records = Records()
    e = build("training.monitor=validation.accuracy", "training.early_stop={patience: 3}", "training.epochs=60")
    trainer = train(e, watchers=[records])
    values = [r["validation"]["accuracy"] for r in records.epochs]
    assert len(values) == values.index(max(values)) + 4 and trainer.progress.stopped == "no better validation.accuracy for 3 epochs"


def test_small_gains_do_not_count():
    records = Records()
    train(build("training.early_stop={patience: 2, min_delta: 100.0}", "training.epochs=60"), watchers=[records])
    assert [r["best"] for r in records.epochs] == [True, False, False]


def test_an_epoch_with_few_enough_mistakes_ends_the_training_and_is_the_best():
    records = Records()
    trainer = train(build(*PLAIN, "training.early_stop={mistakes: 3, min_delta: 100.0}", "training.epochs=300", "metrics=[f1]"),
                    watchers=[records])
    last, p = records.epochs[-1], trainer.progress
    assert len(records.epochs) > 12 and [r["mistakes"] <= 3 for r in records.epochs] == [False] * (len(records.epochs) - 1) + [True]
    assert p.stopped == f"{last['mistakes']} mistakes in epoch {p.epoch}" and p.best.epoch == p.epoch and last["best"]
    assert round((1 - last["train"]["accuracy"]) * 90) == last["mistakes"]


def test_patience_beside_mistakes_is_kept():
    trainer = train(build("training.early_stop={mistakes: 0, patience: 1, min_delta: 100.0}", "training.epochs=9"))
    assert trainer.progress.epoch == 2 and trainer.progress.stopped == "no better validation.loss for 1 epochs"


def test_a_monitored_value_that_is_not_finite_is_no_best_and_can_be_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(Scores, "results", lambda self: {"accuracy": math.inf})
    e = build("training.monitor=validation.accuracy", "training.epochs=2")
    run = make_run(tmp_path, e)
    trainer = train(e, run)
    assert trainer.progress.best is None and run.steps() and [r["best"] for r in run.journal.read("epoch")] == [False, False]
    run.journal.close()


def test_more_shards_than_rows_are_as_many_as_rows():
    e = build("training.shards=100000", "training.batch_size=8")
    assert e.shards == 8
    assert weights_sha256(train(e).network) == weights_sha256(train(build("training.shards=8", "training.batch_size=8")).network)


@pytest.mark.parametrize("overrides, where, problem", [
    (("network.linear1.trainable=false", "network.batch_norm1.trainable=false", "network.linear2.trainable=false"),
     "network", "nothing here can be trained"),
    (("network=[{linear: {units: 3}, name: a, trainable: false}, {linear: {units: 3}, from: input}, {softmax: {}, from: a}]",),
     "network", "nothing here can be trained"),
    (("training.batch_size=1",), "network.1", "batch_norm1 compares the rows of a batch, and each batch is a single row"),
    (("data.sampling=balanced", "training.shuffle=false"), "data.sampling", "balanced sampling draws at random"),
    (("metrics=[f1, {f1: {average: micro}}]",), "metrics.1", "f1 is listed twice"),
    (("training.monitor=validation.f1",), "training.monitor", "there is no validation.f1"),
])
def test_what_cannot_be_trained_is_an_error_at_its_place(overrides, where, problem):
    with pytest.raises(ConfigErrors) as raised:
        build(*overrides)
    (found,) = raised.value.problems
    assert found.path == where and problem in found.problem


def test_only_classes_can_be_mistaken():
    with pytest.raises(ConfigErrors, match="only classes can be mistaken"):
        build("training.early_stop={mistakes: 0}", text=REGRESSION)
