"""Where there is not enough memory: what takes it, and what would need less."""

import numpy as np
import pytest

from dlcli.data.files import find
from dlcli.data.sources import npy
from dlcli.storage import machine
from dlcli.training.loop import Trainer

CONFIG = """\
data:
  source:
    npy: {inputs: x.npy, target: y.npy}
  split: {test: 0.2}
network:
  - linear: {units: 2}
loss: cross_entropy
optimizer: adam
training: {epochs: 1, batch_size: 4}
"""
MAP = "`memory_map: true` leaves the inputs in their file"


@pytest.fixture
def config(dlcli, tmp_path):
    (tmp_path / "c.yaml").write_text(CONFIG)
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(3000, 16)))
    np.save(tmp_path / "y.npy", np.arange(3000) % 2)
    return "c.yaml"


def fail(*_, **__):
    raise MemoryError("Unable to allocate 14.9 GiB")


DATA = ["data.source.npy.inputs=wide.npy"]
GENERATED = ["data.source={moons: {n: 100000}}"]
WEIGHTS = ["data.source.npy.memory_map=true", "network=[{linear: {units: 50000}}, {linear: {units: 2}}]"]
BATCH = ["network=[{linear: {units: 2000}}, relu, relu, {linear: {units: 2}}]", "training.batch_size=2000"]


@pytest.mark.parametrize("overrides, where, hint", [
    (DATA, "data.source", MAP), (GENERATED, "data.source", "a smaller `n` needs less"),
    (WEIGHTS, "network", "smaller layers"), (BATCH, "network", "a smaller training.batch_size"),
], ids=["data", "drawn", "weights", "batch"])
def test_what_takes_most_is_named(dlcli, config, tmp_path, monkeypatch, overrides, where, hint):
    """By `check` in a warning, by `train` before its first step."""
    np.save(tmp_path / "wide.npy", np.zeros((3000, 300)))
    monkeypatch.setattr(machine, "total_memory", lambda: 1_000_000)
    warning, = dlcli("check", config, *overrides, "--json").document["warnings"]
    assert (warning["where"], warning["hint"][:len(hint)]) == (where, hint)
    assert "`train` will refuse" in warning["problem"]
    refused = dlcli("train", config, *overrides)
    assert refused.status == 3 and f" {where}: training it needs" in refused.err and f"hint: {hint}" in refused.err


def test_data_that_cannot_be_held_while_it_is_read(dlcli, config, monkeypatch):
    monkeypatch.setattr(npy, "read_npy", fail)
    result = dlcli("train", config)
    assert result.status == 7 and result.err.startswith(
        f"c.yaml:2:3 data.source: there is not enough memory for its rows: Unable to allocate 14.9 GiB\n  hint: {MAP}")


def test_files_that_are_too_large_to_be_read(dlcli, config, tmp_path, monkeypatch):
    """Larger than the machine's memory, or than any file that is read; a map takes both."""
    with monkeypatch.context() as small:
        small.setattr(find, "total_memory", lambda: 100_000)
        result = dlcli("train", config)
        assert result.status == 4 and MAP in result.err
        assert "x.npy: has 384,128 bytes, and this machine has 100,000 of memory" in result.err
    whole = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (3000, 3 << 20))      # no disk is taken
    del whole
    result = dlcli("check", config)
    assert result.status == 4 and "at most 8,589,934,592 are read" in result.err and MAP in result.err
    assert dlcli("check", config, "data.source.npy.memory_map=true").status == 0


def test_a_training_that_runs_out(dlcli, config, monkeypatch):
    for method in ("__init__", "train"):
        with monkeypatch.context() as broken:
            broken.setattr(Trainer, method, fail)
            result = dlcli("train", config, "data.source={moons: {n: 40}}")
            assert result.status == 7 and "memory: not enough of it: Unable to allocate 14.9 GiB" in result.err
            assert "hint: a smaller training.batch_size" in result.err


OUT_OF_BOUNDS = [
    ("adding_problem.n", "{n: 10000001}"), ("adding_problem.length", "{length: 1000001}"),
    ("adding_problem", "{n: 1000000}"),
    ("moons.n", "{n: 2000000000}"), ("moons.n", "{n: 10000001}"), ("moons.noise", "{noise: 1e308}"),
    ("xor.n", "{n: 10000000000}"), ("xor.noise", "{noise: 1e308}"),
    ("blobs.n", "{n: 4000000000}"), ("blobs.classes", "{classes: 1001, n: 5000}"), ("blobs", "{classes: 5, n: 4}"),
    ("blobs", "{n: 10000000, features: 11}"), ("blobs", "{features: 9000000000000000000}"),
    ("blobs.distance", "{distance: 1e308}"), ("spirals.n", "{n: 4000000000}"), ("spirals.turns", "{turns: 1e308}"),
    ("spirals.classes", "{classes: 4000000000}"), ("spirals", "{n: 2, classes: 3}"),
    ("declared.classes", "{shape: [4], classes: 2000000000}"), ("npz.classes", "{file: a, classes: 2000000000}"),
    ("npy.classes", "{inputs: a, target: b, classes: 2000000000}"),
    ("idx.classes", "{images: a, labels: b, classes: 2000000000}"),
    ("digit_canvases", "{images: a, labels: b, train: 1000000, size: 100}"),
]


def test_rows_that_would_be_drawn_without_end(dlcli, config):
    """Every number of every source that makes its rows, at its place; 10 to the 30th is no whole number that fits."""
    for where, options in OUT_OF_BOUNDS:
        source = f"data.source={{{where.partition('.')[0]}: {options}}}"
        error, = dlcli("check", config, source, "--json").document["errors"]
        assert error["where"] == f"data.source.{where}", (source, error)
    for source in ("moons", "xor", "blobs", "spirals", "adding_problem"):
        result = dlcli("train", config, f"data.source={{{source}: {{n: {10 ** 30}}}}}")
        assert result.status == 3 and f"{source}.n" in result.err and "64 bits" in result.err
