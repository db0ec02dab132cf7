"""The example configs, and how tests build them."""

from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest

from dlcli.config import Config, load
from dlcli.config.build import experiment
from dlcli.training.experiment import Experiment
from dlcli.training.loop import Trainer

FOLDER = Path(__file__).parents[2] / "configs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
FROM_FILES = ("csv", "idx", "npy", "npz", "image_folder", "digit_canvases")
PICTURES = 30
"""Of each class of CIFAR-10, for tests that only look whether a config works."""


SMALLER = {"segmentation_unet": ("train=200", "validation=50", "test=50")}
"""Fewer rows where a source makes its data."""


def config(name: str, *overrides: str) -> Config:
    smaller = [f"data.source.digit_canvases.{change}" for change in SMALLER.get(name, ())]
    return load(FOLDER / f"{name}.yaml", [*smaller, *overrides])


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


@pytest.fixture(scope="session")
def few_pictures(shared_data, tmp_path_factory) -> Path:
    """A folder of real data with only a few pictures of CIFAR-10 in it."""
    folder = tmp_path_factory.mktemp("data")
    for path in shared_data.iterdir():
        if not path.name.startswith("cifar10"):
            (folder / path.name).symlink_to(path)
    for part in ("train", "test"):
        taken = Counter()
        with ZipFile(shared_data / "cifar10_test.zip") as all_, ZipFile(folder / f"cifar10_{part}.zip", "w") as few:
            for name in sorted(all_.namelist()):
                if name.endswith(".jpg") and (taken.update([Path(name).parent]) or taken[Path(name).parent] <= PICTURES):
                    few.writestr(name, all_.read(name))
    return folder


@pytest.fixture
def data(request, monkeypatch):
    """Makes the folder of real data known, for tests of configs that read files; skips them where there is none."""
    name = request.getfixturevalue("name")
    if needs_files(name):
        folder = "few_pictures" if source(config(name)) == "image_folder" else "shared_data"
        monkeypatch.setenv("DLCLI_DATA", str(request.getfixturevalue(folder)))
        monkeypatch.setenv("DLCLI_CACHE", str(request.getfixturevalue("tmp_path_factory").getbasetemp() / "cache"))
