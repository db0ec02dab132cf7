"""A training that is stopped anywhere and resumed ends with the same bytes, and a checkpoint of another run is
refused."""

import copy
import math
import os
import signal

import numpy as np
import pytest

from dlcli.errors import RunError
from dlcli.training.loop import Trainer
from dlcli.training.scores import weights_sha256
from dlcli.training.watcher import Watcher
from tests.odd import variants
from tests.training.runs import StopAt, build, make_run, train

VARIANTS = {
    "plain": (),
    "float64": ("training.dtype=float64", "metrics=[roc_auc]"),
    "momentum and schedule": (
        "optimizer={sgd: {learning_rate: 0.05, momentum: 0.9, nesterov: true}}",
        "schedule=[linear_warmup: {steps: 5}, cosine]",
    ),
    "accumulated and clipped": (
        "training.batch_size=8",
        "training.accumulate=3",
        "training.clip_norm=0.5",
        "training.epochs=4",
    ),
    "plateau": (
        "optimizer={rmsprop: {learning_rate: 0.02}}",
        "schedule={reduce_on_plateau: {patience: 0, gamma: 0.5}}",
        "training.monitor=validation.loss",
    ),
    "early stop": (
        "training.early_stop={patience: 1}",
        "training.epochs=12",
        "training.batch_size=45",
        "optimizer.adam.learning_rate=0.1",
    ),
    "the training split is judged": (
        "training.monitor=train.accuracy",
        "training.early_stop={patience: 1}",
        "optimizer.adam.learning_rate=0.3",
    ),
    "a row joins a step": (
        "data.split={train: 0.54, validation: 0.2}",
        "training.batch_size=8",
        "training.accumulate=2",
    ),
    "steps, validated in the middle of a pass": (
        "training.steps=11", "training.validate_every=3", "training.monitor=train.loss", "metrics=[roc_auc]"),
    "balanced, two shards": ("data.sampling=balanced", "training.shards=2", "metrics=[accuracy, f1]"),
}
SHORT = ("training.epochs=3", "training.batch_size=24")       # 4 steps an epoch, the last one short


def journal(run) -> list[dict]:
    return [{k: v for k, v in record.items() if k != "seconds"} for record in run.journal.read()]


@pytest.mark.parametrize("variant", VARIANTS)
def test_stopped_after_any_step_and_resumed_gives_the_same_bytes(variant, tmp_path):
    keys = {text.partition("=")[0] for text in VARIANTS[variant]}
    overrides = (*(text for text in SHORT if text.partition("=")[0] not in keys), *VARIANTS[variant])
    reference_run = make_run(tmp_path, build(*overrides))
    reference = train(build(*overrides), reference_run)
    assert reference.progress.stopped or reference.progress.step == reference.span.total_steps
    for at in range(1, reference.progress.step + 1):
        e = build(*overrides)
        run = make_run(tmp_path, e)
        first = train(e, run, [StopAt(at)])
        assert (first.status, first.progress.step) == ("interrupted", at)
        second = train(build(*overrides), run, resumed=True)
        assert second.status == "completed" and weights_sha256(second.network) == weights_sha256(reference.network), (
            f"stopped at step {at}"
        )
        assert all(
            np.array_equal(a, b)
            for a, b in zip(second.network.update.slots.values(), reference.network.update.slots.values())
        )
        assert journal(run) == journal(reference_run), f"stopped at step {at}"
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




class DuringValidation(Watcher):
    """Sends a signal while an epoch is validated."""

    def __init__(self, epoch: int):
        self.epoch_wanted = epoch

    def start(self, trainer):
        evaluate = trainer.network.evaluate

        def interrupted(*arguments):
            if trainer.progress.epoch + 1 == self.epoch_wanted:
                os.kill(os.getpid(), signal.SIGTERM)
            return evaluate(*arguments)

        trainer.network.evaluate = interrupted


@pytest.mark.parametrize("monitor", ["validation.loss", "train.loss"])
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_stopped_during_validation(epoch, monitor, tmp_path):
    overrides = (
        *SHORT,
        "schedule=cosine",
        "training.early_stop={patience: 1}",
        "training.accumulate=2",
        f"training.monitor={monitor}",
    )
    reference_run, e = make_run(tmp_path, build(*overrides)), build(*overrides)
    reference, run = train(build(*overrides), reference_run), make_run(tmp_path, build(*overrides))
    first = train(e, run, [DuringValidation(epoch)])
    assert first.status == "interrupted" and first.signal == signal.SIGTERM
    assert (first.progress.epoch, first.progress.position) == (epoch - 1, first.rows) and len(journal(run)) == epoch - 1

    class Lost(Watcher):            # after the epoch's line is written, before another checkpoint
        def epoch(self, trainer, record):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(build(*overrides), run, [Lost()], resumed=True)
    assert len(journal(run)) == epoch
    second = train(build(*overrides), run, resumed=True)
    assert weights_sha256(second.network) == weights_sha256(reference.network) and journal(run) == journal(
        reference_run
    )
    run.journal.close()


def changed(checkpoint, part, value):
    """A copy of a checkpoint with one array (`optimizer/mean`) or number of the progress replaced, or taken out for
    None."""
    arrays, state = dict(checkpoint.arrays), copy.deepcopy(checkpoint.state)
    place = arrays if "/" in part else state["progress"]
    if value is None:
        del place[part]
    else:
        place[part] = value(place.get(part)) if callable(value) else value
    return checkpoint._replace(arrays=arrays, state=state)


PLATEAU = (*SHORT, "schedule=reduce_on_plateau")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The checkpoint of a run that was stopped after 6 steps; as it is, it fits."""
    run = make_run(tmp_path_factory.mktemp("stopped"), build(*PLATEAU))
    train(build(*PLATEAU), run, [StopAt(6)])
    checkpoint = run.checkpoints.latest()
    run.journal.close()
    Trainer(build(*PLATEAU)).resume(changed(checkpoint, "loss_sum", lambda x: x))
    return checkpoint


@pytest.mark.parametrize(
    "part, value",
    [
        ("optimizer/mean", None),
        ("optimizer/other", lambda _: np.zeros(3, np.float32)),
        ("optimizer/mean", lambda a: a[:1]),
        ("optimizer/mean", lambda a: a.astype(np.float64)),
        ("model/linear1.W", lambda a: a.T.copy()),
        ("model/linear1.W", None),
        ("model/more", lambda _: np.zeros(3, np.float32)),
        ("metrics/accuracy", None),
        ("metrics/accuracy", lambda a: a[:1]),
        ("step", -1),
        ("step", 7.0),
        ("step", True),
        ("step", 99),
        ("epoch", 4),
        ("epoch", 1 << 70),
        ("position", 91),
        ("position", None),
        ("loss_sum", "1"),
        ("loss_sum", math.inf),
        ("weight", None),
        ("best", [1]),
        ("best", {"value": 1.0}),
        ("best", {"value": "x", "epoch": 1, "step": 4}),
        ("schedules", []),
        ("schedules", [{}]),
        ("schedules", 3),
        ("more", 1),
        ("stopped", 5),
        ("metrics/accuracy", lambda a: a.astype(float)),
        ("schedules", [{"share": "1", "best": None, "bad": 0, "cooling": 0}]),
        ("schedules", [{"share": 1.0, "best": None, "bad": 0.5, "cooling": 0}]),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(part, value, stopped):
    with pytest.raises(RunError, match="does not fit this run's config"):
        Trainer(build(*PLATEAU)).resume(changed(stopped, part, value))


def test_a_best_checkpoint_that_does_not_fit_is_refused_at_once(tmp_path):
    """Not when its weights are put back, at the end."""
    e = build(*SHORT, "training.early_stop={patience: 9}")
    run = make_run(tmp_path, e)
    train(e, run, [StopAt(6)])
    checkpoint, best = run.checkpoints.latest(), run.load("best")
    run.journal.close()
    for part, value in (("model/linear1.W", None), ("model/linear1.W", lambda a: a.T.copy()),
                        ("model/more", lambda _: np.zeros(3, np.float32))):
        with pytest.raises(RunError, match="does not fit this run's config: model/"):
            Trainer(build(*SHORT, "training.early_stop={patience: 9}")).resume(checkpoint, changed(best, part, value))


def test_no_change_of_its_state_ends_in_an_error_of_its_own(tmp_path):
    overrides = (*SHORT, "schedule=reduce_on_plateau", "metrics=[accuracy, f1]")
    e = build(*overrides)
    run = make_run(tmp_path, e)
    train(e, run, [StopAt(6)])
    checkpoint = run.checkpoints.latest()
    run.journal.close()
    state = {key: value for key, value in checkpoint.state.items() if key not in ("data", "made")}
    refused = 0
    for name, odd in variants(state):
        try:
            Trainer(build(*overrides)).resume(checkpoint._replace(state=odd))
        except RunError as error:
            refused += 1
            assert "does not fit this run's config" in str(error), name
        except Exception as error:
            raise AssertionError(name) from error
    assert refused > 80
