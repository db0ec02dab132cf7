"""When training ends early, and which epoch is the best."""

import math

import numpy as np
import pytest

from dlcli.training.scores import Scores, evaluate, weights_sha256
from dlcli.training.watcher import Watcher
from tests.training.runs import Records, build, make_run, train

PLAIN = ("~network.batch_norm1", "~network.dropout1")


def test_early_stopping_ends_and_restores_the_best_epoch():
    records = Records()
    e = build("training.early_stop={patience: 2}", "training.epochs=200", "optimizer.adam.learning_rate=0.05")
    trainer = train(e, watchers=[records])
    losses = [r["validation"]["loss"] for r in records.epochs]
    best = int(np.argmin(losses))
    assert trainer.progress.stopped and len(losses) == best + 3 and trainer.progress.best.epoch == best + 1
    again = e.network(train=False)
    again.parameters.load(trainer.network.parameters.arrays())
    handle = again.add(e.data.splits["validation"])
    with again:
        scores = evaluate(again, handle, Scores(again, {}, e.data.target, None))
    assert scores["loss"] == pytest.approx(min(losses), rel=1e-6)


def test_a_monitored_metric_where_more_is_better():
    records = Records()
    trainer = train(build("training.monitor=validation.accuracy", "training.epochs=6"), watchers=[records])
    values = [r["validation"]["accuracy"] for r in records.epochs]
    assert trainer.progress.best.value == max(values) and trainer.progress.best.epoch == values.index(max(values)) + 1


def test_without_restoring_the_last_weights_stay():
    found = {}
    for restore in ("true", "false"):
        stop = f"training.early_stop={{patience: 2, restore_best: {restore}}}"
        found[restore] = train(build(stop, "training.epochs=200", "optimizer.adam.learning_rate=0.05"))
    last = train(build(f"training.epochs={found['true'].progress.epoch}", "optimizer.adam.learning_rate=0.05"))
    assert (
        weights_sha256(found["false"].network) == weights_sha256(last.network) != weights_sha256(found["true"].network)
    )


def test_a_plateau_of_a_value_that_should_grow():
    records = Records()
    train(
        build(
            "schedule={reduce_on_plateau: {patience: 0, gamma: 0.5}}",
            "training.monitor=validation.accuracy",
            "training.epochs=8",
        ),
        watchers=[records],
    )
    rate, best = 0.01, -1.0
    for record in records.epochs:
        assert record["learning_rate"] == pytest.approx(rate)
        value = record["validation"]["accuracy"]
        rate, best = rate * (1 if value > best + 1e-4 else 0.5), max(best, value)
    assert 0.0001 < rate < 0.01


def test_an_accuracy_stops_early_too():
    records = Records()
    e = build("training.monitor=validation.accuracy", "training.early_stop={patience: 3}", "training.epochs=60")
    trainer = train(e, watchers=[records])
    values = [r["validation"]["accuracy"] for r in records.epochs]
    assert (
        len(values) == values.index(max(values)) + 4
        and trainer.progress.stopped == "no better validation.accuracy for 3 epochs"
    )


def test_small_gains_do_not_count():
    records = Records()
    train(build("training.early_stop={patience: 2, min_delta: 100.0}", "training.epochs=60"), watchers=[records])
    assert [r["best"] for r in records.epochs] == [True, False, False]


def test_an_epoch_with_few_enough_mistakes_ends_the_training_and_is_the_best():
    records = Records()
    trainer = train(
        build(*PLAIN, "training.early_stop={mistakes: 3, min_delta: 100.0}", "training.epochs=300", "metrics=[f1]"),
        watchers=[records],
    )
    last, p = records.epochs[-1], trainer.progress
    assert len(records.epochs) > 12 and [r["mistakes"] <= 3 for r in records.epochs] == [False] * (
        len(records.epochs) - 1
    ) + [True]
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
    assert (
        trainer.progress.best is None
        and run.steps()
        and [r["best"] for r in run.journal.read("epoch")] == [False, False]
    )
    run.journal.close()


def test_a_validation_split_in_which_no_row_counts_has_no_loss_and_no_best_epoch():
    """Its loss is 0 divided by 0, not 0, which would be the best there is."""
    e = build("loss={cross_entropy: {ignore: 2}}", "training.early_stop={patience: 2}")
    rows = e.data.splits["validation"]
    e.data.splits["validation"] = rows.rows(np.flatnonzero(rows.target == 2))
    records = Records()
    trainer = train(e, watchers=[records])
    assert all(math.isnan(r["validation"]["loss"]) and not r["best"] for r in records.epochs)
    assert trainer.progress.best is None


def test_the_best_checkpoint_is_that_of_the_best_epoch(tmp_path):
    e = build("training.monitor=validation.loss", "training.checkpoint={every_steps: 6}")
    run, kept = make_run(tmp_path, e), {}

    class Keep(Watcher):
        def epoch(self, trainer, record):
            kept[record["step"]] = trainer.network.parameters.arrays()["linear1.W"].copy()

    p = train(e, run, [Keep()]).progress
    run.journal.close()
    best = run.load("best")
    assert best.state["step"] == p.best.step > 6 and np.array_equal(best.arrays["model/linear1.W"], kept[p.best.step])
