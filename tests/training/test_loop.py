"""The loop: what it reports, when it ends, and that stopping anywhere changes nothing."""

import math

import numpy as np
import pytest

from dlcli.errors import NumericalError
from dlcli.training.evaluation import Scores, evaluate, weights_sha256
from dlcli.training.watcher import Watcher
from tests.training.runs import StopAt, build, make_run, train

VARIANTS = {
    "plain": (),
    "momentum and schedule": ("optimizer={sgd: {learning_rate: 0.05, momentum: 0.9, nesterov: true}}", "schedule=[linear_warmup: {steps: 5}, cosine]"),
    "accumulated and clipped": ("training.batch_size=8", "training.accumulate=3", "training.clip_norm=0.5"),
    "plateau": ("optimizer={rmsprop: {learning_rate: 0.02}}", "schedule={reduce_on_plateau: {patience: 0, gamma: 0.5}}", "training.monitor=validation.loss"),
    "early stop": ("training.early_stop={patience: 1}", "training.epochs=12"),
    "balanced, two shards": ("data.sampling=balanced", "training.shards=2", "metrics=[accuracy, f1]"),
}


class Records(Watcher):
    def __init__(self):
        self.epochs, self.steps = [], []

    def epoch(self, trainer, record):
        self.epochs.append({k: v for k, v in record.items() if k != "seconds"})

    def step(self, trainer):
        self.steps.append(trainer.last)


@pytest.mark.parametrize("variant", VARIANTS)
def test_stopped_after_any_step_and_resumed_gives_the_same_bytes(variant, tmp_path):
    reference_run = make_run(tmp_path, build(*VARIANTS[variant]))
    reference = train(build(*VARIANTS[variant]), reference_run)
    journal = [{k: v for k, v in r.items() if k != "seconds"} for r in reference_run.journal.read()]
    for at in range(1, reference.progress.step + 1):
        e = build(*VARIANTS[variant])
        run = make_run(tmp_path, e)
        first = train(e, run, [StopAt(at)])
        if first.progress.step < reference.progress.step:
            assert first.status == "interrupted" and first.progress.step == at
        second = train(build(*VARIANTS[variant]), run, resumed=True)
        assert second.status == "completed" and weights_sha256(second.network) == weights_sha256(reference.network), f"stopped at step {at}"
        assert all(np.array_equal(a, b) for a, b in zip(second.network.update.slots.values(), reference.network.update.slots.values()))
        assert [{k: v for k, v in r.items() if k != "seconds"} for r in run.journal.read()] == journal, f"stopped at step {at}"
        run.journal.close()


def test_a_run_lost_between_two_saves_resumes_to_the_same_bytes(tmp_path):
    class Crash(Watcher):
        def step(self, trainer):
            if trainer.progress.step == 17:
                raise KeyboardInterrupt

    every = "training.checkpoint={every_steps: 5}"
    reference = train(build(every))
    e = build(every)
    run = make_run(tmp_path, e)
    with pytest.raises(KeyboardInterrupt):
        train(e, run, [Crash()])
    assert run.steps() == [10, 15]
    assert weights_sha256(train(build(every), run, resumed=True).network) == weights_sha256(reference.network)


def test_the_same_config_and_seed_give_the_same_bytes_and_another_seed_does_not():
    a, b, c = train(build()), train(build()), train(build("seed=4"))
    assert weights_sha256(a.network) == weights_sha256(b.network) != weights_sha256(c.network)


def test_metrics_of_an_epoch_are_those_of_its_rows():
    records = Records()
    trainer = train(build("training.epochs=1", "training.batch_size=all"), watchers=[records])
    (record,), ((loss, norm, rate),) = records.epochs, records.steps
    assert record["train"]["loss"] == pytest.approx(loss) and record["gradient_norm"] == pytest.approx(norm) and rate == 0.01
    assert trainer.progress.step == 1 and set(record["validation"]) == {"loss", "accuracy"}


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


def test_a_monitored_metric_where_more_is_better():
    records = Records()
    trainer = train(build("training.monitor=validation.accuracy", "training.epochs=6"), watchers=[records])
    values = [r["validation"]["accuracy"] for r in records.epochs]
    assert trainer.progress.best.value == max(values) and trainer.progress.best.epoch == values.index(max(values)) + 1


def test_a_loss_that_is_not_finite_is_an_error_with_its_place():
    with pytest.raises(NumericalError, match=r"epoch 1, step \d+: the (loss|gradient) is no longer a finite number"):
        train(build("optimizer={sgd: {learning_rate: 1e30}}", "~network.batch_norm1"))


def test_learning_rates_follow_the_schedule():
    records = Records()
    train(build("schedule={linear_warmup: {steps: 10}}", "training.epochs=3"), watchers=[records])
    rates = [rate for _, _, rate in records.steps]
    assert rates[9:] == pytest.approx([0.01] * 9) and all(a < b for a, b in zip(rates[:9], rates[1:10]))


def test_no_metric_is_nan_where_the_last_batch_is_short():
    records = Records()
    train(build("training.batch_size=89", "training.epochs=1"), watchers=[records])
    assert all(math.isfinite(v) for v in records.epochs[0]["train"].values())
