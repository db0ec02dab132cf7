"""Every file in configs/ loads, is checked, trains, and has the right gradient."""

import re

import numpy as np
import pytest

from dlcli.config.build import outline
from dlcli.engine.batches import Batch
from dlcli.training.gradcheck import ROWS, check
from dlcli.training.loop import Trainer
from tests.configs.cases import FOLDER, NAMES, build, config, data, few_rows, source  # noqa: F401

LARGE = {"mnist_mlp", "mnist_lenet", "deep_residual", "deep_sigmoid"}
DEEP = {name for name in NAMES if name.startswith("cifar_")} | {"mnist_adversarial", "mnist_cnn", "segmentation_unet"}
"""Their hundreds of thousands of kinks leave no direction to go in, and 80-bit convolutions take hours; each of their
layers is in the table of layers, and the small networks here are made of the same ones."""
DIVERGES = {"exploding"}
TRAINED = [name for name in NAMES if source(config(name)) != "declared"]


@pytest.mark.parametrize("name", NAMES)
def test_is_a_lesson_without_warnings(name):
    found = config(name)
    assert found.warnings == []
    assert found.name.replace("-", "_") == name
    text = (FOLDER / f"{name}.yaml").read_text()
    assert text.startswith("# "), "says what it teaches"
    assert max(map(len, text.splitlines())) <= 140


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", NAMES)
def test_is_checked_without_reading_rows(name):
    assert outline(config(name)).graph.flops() > 0


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", TRAINED)
def test_trains_two_steps(name):
    trainer = Trainer(build(name, "training.batch_size=32"))
    trainer.start()
    before, rows = trainer.network.theta.copy(), trainer.experiment.batch_rows
    with np.errstate(all="ignore" if name in DIVERGES else "raise", under="ignore" if name == "speech_ctc" else None):
        losses = [
            trainer.network.step(trainer.handles["train"], [Batch(0, rows)], 0, step, trainer.learning_rate())[0]
            for step in range(2)
        ]
    trainer.close()
    assert np.isfinite(losses).all() or name in DIVERGES
    assert (trainer.network.theta != before).any()


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name
                                  for name in TRAINED if name not in DEEP])
def test_gradient(name):
    found = check(build(name, "training.dtype=float64"), rows=4 if "cnn" in name or "lenet" in name else ROWS)
    assert found["differentiable"]
    assert found["error"] <= 1e-6, [row for row in found["parameters"] if row["error"] > 1e-6]


def test_readme_lists_every_config():
    links = re.findall(r"^\| \[`(\w+)`\]\(\1\.yaml\)", (FOLDER / "README.md").read_text(), re.M)
    assert sorted(links) == NAMES
