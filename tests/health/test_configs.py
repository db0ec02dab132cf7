"""The configs that come with dlcli: two lessons that are sick and can be cured, one whose run is, and all others
healthy."""

from pathlib import Path

import numpy as np
import pytest

from dlcli.artifacts.run import Run
from dlcli.config.build import experiment
from dlcli.config.config import load
from dlcli.health.inspect import inspect
from dlcli.training.loop import Trainer
from dlcli.training.scores import outputs
from tests.health.networks import brief
from tests.health.test_run import look, run

FOLDER = Path(__file__).parents[2] / "configs"
LESSONS = {
    "deep_sigmoid": ("vanishing_gradients", "vanishing_gradients"),
    "exploding": ("init_too_large", "exploding_gradients"),
}
"""Root cause, and the cause that must be there as root or under it."""
SOURCES = {path.stem: next(iter(load(path).values["data"]["source"])) for path in sorted(FOLDER.glob("*.yaml"))}
QUICK = ("digits", "iris", "breast_cancer", "diabetes", "xor", "moons", "adding_problem")
"""Sources that come with dlcli or are drawn in no time; those of all others are slow, or read files."""
MADE = [name for name, source in SOURCES.items() if source in QUICK and name not in LESSONS]
SLOW = [name for name, source in SOURCES.items() if source not in (*QUICK, "declared")]
KNOWN = {"mnist_adversarial": {"A01"}, "shakespeare_rnn": {"R01"}}
"""Warnings and notes that are true: units of its first `linear` are silent on all of 4,096 pictures; a plain layer
forgets within a few characters."""


def accuracy(case) -> float:
    """On the test split, after the whole training."""
    trainer = Trainer(case, form="serial")
    handle = trainer.network.add(case.data.splits["test"])
    trainer.start()
    trainer.train()
    _, (y, t, *_) = outputs(trainer.network, handle)
    trainer.close()
    return float(np.mean(y.argmax(-1) == t))


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_is_sick_and_its_patch_cures(name):
    config = load(FOLDER / f"{name}.yaml")
    document = inspect(experiment(config))
    root = document["findings"][0]
    assert document["verdict"] == "unhealthy" and root["cause"] == LESSONS[name][0]
    assert LESSONS[name][1] in {root["cause"], *(finding["cause"] for finding in root["consequences"])}
    assert root["layer"] in {layer["name"] for layer in document["layers"]}
    cured = config.changed(root["remedy"]["patch"])
    document = inspect(experiment(cured))
    assert document["verdict"] == "healthy" and document["findings"] == [], brief(document)
    assert accuracy(experiment(cured.changed(["training.epochs=8"]))) > 0.9


def test_overfitting_is_seen_in_the_run_that_it_leaves(tmp_path):
    """Its cures are those of its own comment, which tests/configs tries; before training there is nothing to see."""
    config = load(FOLDER / "overfitting.yaml")
    document = look(config, run(tmp_path, config))
    finding, = document["findings"]
    assert document["verdict"] == "unhealthy" and (finding["code"], finding["severity"]) == ("V01", "error")
    losses = [epoch["validation"]["loss"] for epoch in Run.open(next(tmp_path.iterdir())).journal.read("epoch")]
    assert finding["evidence"]["epoch"] == int(np.argmin(losses)) + 1 and losses[-1] > np.log(2)
    cures = [" ".join(cure["patch"]) for cure in (finding["remedy"], *finding["remedy"]["others"])]
    comment = (FOLDER / "overfitting.yaml").read_text().replace("'", "")
    assert len(cures) == 3 and all(cure in comment for cure in cures), cures


def test_lesson_learns_nothing_without_its_patch():
    assert accuracy(experiment(load(FOLDER / "deep_sigmoid.yaml", ["training.epochs=5"]))) < 0.2


@pytest.mark.parametrize("name", MADE)
def test_others_are_healthy(name):
    document = inspect(experiment(load(FOLDER / f"{name}.yaml")))
    assert document["verdict"] == "healthy" and document["findings"] == [], brief(document)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_others_on_real_files_are_healthy(name, shared_data, monkeypatch):
    monkeypatch.setenv("DLCLI_DATA", str(shared_data))
    document = inspect(experiment(load(FOLDER / f"{name}.yaml")))
    assert document["verdict"] == "healthy", brief(document)
    assert {finding["code"] for finding in document["findings"]} <= KNOWN.get(name, set()), brief(document)
