"""The loop: what it reports, and when it ends."""

import math
import time

import numpy as np
import pytest

from dlcli.config import ConfigErrors
from dlcli.engine import registry
from dlcli.errors import NumericalError
from dlcli.layers.linear import Linear
from dlcli.training.experiment import Experiment
from dlcli.training.scores import Scores, evaluate, weights_sha256
from dlcli.training.watcher import Watcher
from tests.engine.toys import Running, entry
from tests.training.runs import Records, build, make_run, train

PLAIN = ("~network.batch_norm1", "~network.dropout1")
REGRESSION = """
data: {source: diabetes, split: {train: 0.6, validation: 0.2}, prepare: [standardize, scale_target]}
network: [{linear: {units: 1}}]
loss: mse
optimizer: {adam: {learning_rate: 0.05}}
training: {epochs: 2}
"""


def test_the_same_config_and_seed_give_the_same_bytes_and_another_seed_does_not():
    a, b, c = train(build()), train(build()), train(build("seed=4"))
    assert weights_sha256(a.network) == weights_sha256(b.network) != weights_sha256(c.network)


def test_metrics_of_an_epoch_are_those_of_its_rows():
    records = Records()
    trainer = train(build("training.epochs=1", "training.batch_size=all"), watchers=[records])
    (record,), ((loss, norm, rate),) = records.epochs, records.steps
    assert (
        record["train"]["loss"] == pytest.approx(loss)
        and record["gradient_norm"] == pytest.approx(norm)
        and rate == 0.01
    )
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
            orders.append(trainer.handles["train"].order.tolist())

    train(build(), watchers=[Orders()])
    assert all(sorted(order) == list(range(90)) for order in orders) and len(set(map(tuple, orders))) == 4
    orders.clear()
    train(build("training.shuffle=false"), watchers=[Orders()])
    assert orders == [list(range(90))] * 4


@pytest.mark.parametrize("monitor", ["train.loss", "train.accuracy"])
def test_what_is_put_back_is_what_was_judged(monitor):
    """A value of the training split is that of the weights after the epoch, not the mean over weights that were
    changing."""
    records = Records()
    e = build(
        f"training.monitor={monitor}",
        "training.early_stop={patience: 3}",
        "training.epochs=30",
        "optimizer.adam.learning_rate=0.3",
    )
    trainer = train(e, watchers=[records])
    name, best = monitor.partition(".")[2], trainer.progress.best
    network = e.network(train=False)
    network.parameters.load(trainer.network.parameters.arrays())
    handle = network.add(e.data.splits["train"])
    network.start()
    scores = evaluate(network, handle, Scores(network, {m.kind: m for m in e.metrics}, e.data.target, None))
    assert scores[name] == pytest.approx(best.value, rel=1e-6)
    values = [r["train_evaluated"][name] for r in records.epochs]
    assert best.value == (min if name == "loss" else max)(values) and best.epoch == values.index(best.value) + 1
    assert any(r["train"][name] != value for r, value in zip(records.epochs, values)), (
        "the running value stays in the journal"
    )


@pytest.mark.parametrize(
    "overrides", [(), ("training.monitor=validation.loss",), ("training.early_stop={mistakes: 0}",)]
)
def test_the_training_split_is_looked_at_again_only_where_that_is_kept(overrides):
    records = Records()
    train(build(*overrides), watchers=[records])
    assert not any("train_evaluated" in r for r in records.epochs)
    assert any(r["best"] for r in records.epochs) == bool(overrides), "a best epoch is one whose weights are kept"


def test_a_loss_that_is_not_finite_is_an_error_with_its_place():
    class Ends(Watcher):
        def end(self, trainer, status):
            self.status = status

    ends = Ends()
    with pytest.raises(NumericalError, match=r"epoch 1, step \d+: the (loss|gradient) is no longer a finite number"):
        train(build("optimizer={sgd: {learning_rate: 1e30}}", "~network.batch_norm1"), watchers=[ends])
    assert ends.status == "diverged"


def test_a_last_step_that_spoils_the_weights_is_an_error_too():
    """No other step follows, whose loss would show it."""
    with pytest.raises(
        NumericalError, match="epoch 1, step 1: a weight is no longer a finite number .*learning rate 3e"
    ):
        train(build("optimizer={sgd: {learning_rate: 3e38}}", "training.epochs=1", "training.batch_size=all",
                    "network.linear1.linear.init={constant: {value: 300.0}}", *PLAIN))
    with pytest.raises(NumericalError, match="(?s)no longer a finite number.*`schedule` that makes it so large"):
        train(build("schedule={one_cycle: {div_factor: 1e-30}}", *PLAIN))


def test_a_gradient_that_is_not_finite_is_an_error_although_the_loss_is(monkeypatch):
    right = Linear.backward

    def planted(self, x, y, dy, dx):
        right(self, x, y, dy, dx)
        self.db[0] = math.inf

    monkeypatch.setattr(Linear, "backward", planted)
    with pytest.raises(NumericalError, match="epoch 1, step 1: the gradient is no longer a finite number"):
        train(build())


def test_a_step_is_saved_once(tmp_path):
    saved = []

    class Saved(Watcher):
        def saved(self, trainer, name):
            saved.append(trainer.progress.step)

    e, start = build("training.checkpoint={every_steps: 3}"), time.monotonic()
    run = make_run(tmp_path, e)
    trainer = train(e, run, [Saved()])
    run.journal.close()
    assert 0 < trainer.progress.seconds < time.monotonic() - start
    assert saved == [3, 6, 9, 12, 15, 18, 21, 24, 24]       # and the end, with the best weights


def test_learning_rates_follow_the_schedule():
    records = Records()
    train(build("schedule={linear_warmup: {steps: 10}}", "training.epochs=3"), watchers=[records])
    rates = [rate for _, _, rate in records.steps]
    assert rates[9:] == pytest.approx([0.01] * 9) and all(a < b for a, b in zip(rates[:9], rates[1:10]))


@pytest.mark.parametrize(
    "overrides, where, problem",
    [
        (
            (
                "network.linear1.trainable=false",
                "network.batch_norm1.trainable=false",
                "network.linear2.trainable=false",
            ),
            "network",
            "nothing here can be trained",
        ),
        (
            (
                "network=[{linear: {units: 3}, name: a, trainable: false}, {linear: {units: 3}, from: input}, "
                "{softmax: {}, from: a}]",
            ),
            "network",
            "nothing here can be trained",
        ),
        (
            ("training.batch_size=1",),
            "network.1",
            "batch_norm1 compares the rows of a batch, and each batch is a single row",
        ),
        (("data.sampling=balanced", "training.shuffle=false"), "data.sampling", "balanced sampling draws at random"),
        (("metrics=[f1, {f1: {average: micro}}]",), "metrics.1", "f1 is listed twice"),
        (("training.monitor=validation.f1",), "training.monitor", "there is no validation.f1"),
    ],
)
def test_what_cannot_be_trained_is_an_error_at_its_place(overrides, where, problem):
    with pytest.raises(ConfigErrors) as raised:
        build(*overrides)
    (found,) = raised.value.problems
    assert found.path == where and problem in found.problem


def test_only_classes_can_be_mistaken():
    with pytest.raises(ConfigErrors, match="only classes can be mistaken"):
        build("training.early_stop={mistakes: 0}", text=REGRESSION)


def test_carried_state_begins_anew_with_each_epoch():
    e = build("training.epochs=2", "training.batch_size=30")
    entries = [entry("run", Running(), "input"), *(item._replace(sources=("run",)) for item in e.entries[-1:])]
    e = Experiment(
        e.name, 0, entries, registry.create("losses", "cross_entropy"), e.optimizer, [], e.metrics, e.training, e.data
    )
    seen = []

    class Totals(Watcher):
        def step(self, trainer):
            seen.append((trainer.progress.position, trainer.network.states["run.total"].copy()))

    trainer = train(e, watchers=[Totals()])
    x = e.data.splits["train"].inputs["x"]
    for epoch in (0, 1):
        rows = x[trainer.batches.epoch(epoch).order]
        for batch in (1, 2, 3):
            position, total = seen[3 * epoch + batch - 1]
            assert position == 30 * batch
            np.testing.assert_allclose(total, sum(rows[30 * i:30 * i + 30] for i in range(batch)), rtol=1e-5, atol=1e-6)


def test_a_training_of_steps_ends_in_the_middle_of_a_pass_and_validates_when_it_should():
    """90 rows in batches of 30 are 3 steps a pass; 8 steps, validated after 3 and 3 and 2, or after every 4."""
    by_pass = Records()
    trainer = train(build("training.steps=8", "training.batch_size=30"), watchers=[by_pass])
    assert [(r["epoch"], r["step"]) for r in by_pass.epochs] == [(1, 3), (2, 6), (3, 8)]
    assert (trainer.progress.step, trainer.progress.passes, trainer.progress.position) == (8, 2, 60)
    by_steps = Records()
    other = train(build("training.steps=8", "training.validate_every=4", "training.batch_size=30"), watchers=[by_steps])
    assert [(r["epoch"], r["step"]) for r in by_steps.epochs] == [(1, 4), (2, 8)] and other.epochs == 2
    assert by_steps.steps == by_pass.steps
    assert other.network.theta.tobytes() == trainer.network.theta.tobytes()
