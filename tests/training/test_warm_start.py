"""Starting from an earlier run's parameters."""

import numpy as np
import pytest

from dlcli.errors import ConfigError, RunError
from dlcli.training.loop import Trainer
from dlcli.training.state import model_arrays
from tests.training.runs import build, make_run, train


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A finished run whose best epoch is not its last."""
    e = build("training.monitor=validation.loss", "training.epochs=60", "optimizer.adam.learning_rate=0.05")
    run = make_run(tmp_path_factory.mktemp("runs"), e)
    trainer = train(e, run)
    run.journal.close()
    assert trainer.progress.best.epoch < 60
    return run


def start(earlier, *overrides, **settings) -> Trainer:
    options = ", ".join([f"run: {earlier.path}", *(f"{key}: {value}" for key, value in settings.items())])
    return Trainer(build(f"init_from={{{options}}}", *overrides))


def test_the_best_weights_and_statistics_are_taken(earlier):
    trainer, best, last = start(earlier), earlier.load("best").arrays, earlier.load("last").arrays
    assert not np.array_equal(best["model/linear1.W"], last["model/linear1.W"])
    for name, array in trainer.network.parameters.arrays().items():
        np.testing.assert_array_equal(array, best[f"model/{name}"])
    assert (
        set(trainer.taken["taken"]) == set(model_arrays(earlier))
        and not trainer.taken["missing"]
        and not trainer.taken["extra"]
    )


def test_names_that_only_one_side_has_are_listed(earlier):
    more = "+network.after.relu1={linear: {units: 12}, name: more}"
    trainer = start(earlier, "network.linear2.name=out", more)
    assert sorted(trainer.taken["missing"]) == ["more.W", "more.b", "out.W", "out.b"]
    assert sorted(trainer.taken["extra"]) == ["linear2.W", "linear2.b"] and len(trainer.taken["taken"]) == 6
    fresh = build("network.linear2.name=out", more).network()
    fresh.parameters.initialize(3)
    np.testing.assert_array_equal(trainer.network.parameters.arrays()["out.W"], fresh.parameters.arrays()["out.W"])


def test_only_the_entries_named(earlier):
    trainer = start(earlier, layers="[linear2]")
    assert trainer.taken == {"taken": ["linear2.W", "linear2.b"], "missing": [], "extra": []}
    plain = Trainer(build()).network.parameters.arrays()
    np.testing.assert_array_equal(trainer.network.parameters.arrays()["linear1.W"], plain["linear1.W"])
    trainer = start(earlier, "~network.batch_norm1", layers="[linear2, batch_norm1]")
    assert sorted(trainer.taken["extra"]) == [
        f"batch_norm1.{name}" for name in ("bias", "running_mean", "running_var", "weight")
    ]


@pytest.mark.parametrize(
    "overrides, settings, problem",
    [
        (("network.linear1.linear.units=13",), {}, "has shape"),
        ((), {"layers": "[nope]"}, "no entry 'nope'"),
        (("network=[{linear: {units: 3}, name: other}]",), {}, "has no parameter that this network has"),
        (
            ("network=[{linear: {units: 3}, name: other}]",),
            {"layers": "[other]"},
            "has no parameter that this network has",
        ),
    ],
)
def test_what_does_not_fit_is_an_error(overrides, settings, problem, earlier):
    with pytest.raises(ConfigError, match=problem):
        start(earlier, *overrides, **settings)


def test_a_run_that_does_not_exist(tmp_path):
    with pytest.raises(RunError, match="no such run folder"):
        Trainer(build(f"init_from={{run: {tmp_path}/none}}"))
