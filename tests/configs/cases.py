"""The example configs, and how tests build them."""

import gzip
import struct
from collections import Counter
from itertools import islice
from math import prod
from pathlib import Path
from zipfile import ZipFile

import pytest

from dlcli.config import Config, load
from dlcli.config.build import experiment
from dlcli.training.experiment import Experiment
from dlcli.training.loop import Trainer

FOLDER = Path(__file__).parents[2] / "configs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
FROM_FILES = ("csv", "series", "idx", "npy", "npz", "image_folder", "digit_canvases", "text",
              "text_files", "audio_folder")
PICTURES, LINES = 30, 2000
"""Of each class of CIFAR-10, and of all other files: for tests that only look whether a config works."""


CANVASES = "data.source.digit_canvases"
SMALLER = {
    "adding_problem": ("network.memory.lstm.units=12", "data.source.adding_problem.n=500"),
    "segmentation_unet": (f"{CANVASES}.train=200", f"{CANVASES}.validation=50", f"{CANVASES}.test=50"),
    **{f"shakespeare_{kind}": (f"network.{kind}1.{kind}.units=24", "data.source.text.window=16")
       for kind in ("rnn", "lstm", "gru")},
    "sentiment_cnn": ("network.words.embedding.units=8", *(f"network.conv1d{i}.conv1d.filters=4" for i in (1, 2, 3))),
    **{f"speech_{kind}": ("network.conv1d1.conv1d.filters=8", "network.gru1.gru.units=6",
                          "data.source.audio_folder.mels=8", "data.source.audio_folder.hop=25", "data.buckets=1")
       for kind in ("digits", "ctc")},
    "sentiment_lstm": ("network.embedding1.embedding.units=8", "network.lstm1.lstm.units=6"),
}
"""Fewer rows where a source makes its data, and less to compute in the widest float, which has no fast products."""


def config(name: str, *overrides: str) -> Config:
    return load(FOLDER / f"{name}.yaml", [*SMALLER.get(name, ()), *overrides])


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


def few_lines(path: Path) -> bytes:
    with open(path, "rb") as file:
        return b"".join(islice(file, LINES))


def few_of_idx(path: Path) -> bytes:
    """The first pictures or labels of an IDX file, packed as it is."""
    whole = gzip.decompress(path.read_bytes())
    dimensions = whole[3]
    shape = struct.unpack(f">{dimensions}I", whole[4:4 + 4 * dimensions])
    start, size = 4 + 4 * dimensions, LINES * prod(shape[1:])
    return gzip.compress(whole[:4] + struct.pack(f">{dimensions}I", LINES, *shape[1:]) + whole[start:start + size], 1)


@pytest.fixture(scope="session")
def few_rows(shared_data, tmp_path_factory) -> Path:
    """A folder of real data with the first rows of each table, and a few pictures of each class."""
    folder = tmp_path_factory.mktemp("data")
    for name, few in (("tabular/*.csv", few_lines), ("series/*.csv", few_lines), ("text/*.txt", few_lines),
                      ("sentiment/*", few_lines),
                      ("mnist/*.gz", few_of_idx)):
        for path in shared_data.glob(name):
            (folder / path.parent.name).mkdir(exist_ok=True)
            (folder / path.parent.name / path.name).write_bytes(few(path))
    for part in ("train", "test"):
        taken = Counter()
        with ZipFile(shared_data / "cifar10_test.zip") as all_, ZipFile(folder / f"cifar10_{part}.zip", "w") as few:
            for name in sorted(all_.namelist()):
                if name.endswith(".jpg") and (
                    taken.update([Path(name).parent]) or taken[Path(name).parent] <= PICTURES
                ):
                    few.writestr(name, all_.read(name))
    (folder / "speech" / "recordings").mkdir(parents=True)
    for path in sorted(shared_data.glob("speech/recordings/*_theo_?.wav")):
        (folder / "speech" / "recordings" / path.name).symlink_to(path)
    return folder


@pytest.fixture
def data(request, monkeypatch):
    """Makes a folder of real data known, for tests of configs that read files; skips them where there is none."""
    name = request.getfixturevalue("name")
    if source(config(name)) == "audio_folder":
        pytest.importorskip("soundfile")
    if needs_files(name):
        monkeypatch.setenv("DLCLI_DATA", str(request.getfixturevalue("few_rows")))
        monkeypatch.setenv("DLCLI_CACHE", str(request.getfixturevalue("tmp_path_factory").getbasetemp() / "cache"))
