"""The example configs, and how tests build them."""

from pathlib import Path

import pytest

from dlcli.config import Config, load
from dlcli.config.build import experiment
from dlcli.training.experiment import Experiment
from dlcli.training.loop import Trainer

FOLDER = Path(__file__).parents[2] / "configs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
FROM_FILES = ("csv", "idx", "npy", "npz")


def config(name: str, *overrides: str) -> Config:
    return load(FOLDER / f"{name}.yaml", overrides)


def source(config: Config) -> str:
    """Kind of the config's data source."""
    return next(iter(config.values["data"]["source"]))


def needs_files(name: str) -> bool:
    return source(config(name)) in FROM_FILES


def build(name: str, *overrides: str) -> Experiment:
    return experiment(config(name, *overrides))


def trained(name: str, *overrides: str, watchers=()) -> Trainer:
    """A trainer that has run to its end."""
    trainer = Trainer(build(name, *overrides), watchers=watchers)
    trainer.start()
    trainer.train()
    return trainer


@pytest.fixture
def data(request, monkeypatch):
    """Makes the folder of real data known, for tests of configs that read files; skips them where there is none."""
    if needs_files(request.getfixturevalue("name")):
        monkeypatch.setenv("DLCLI_DATA", str(request.getfixturevalue("shared_data")))
