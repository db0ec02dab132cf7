"""The program as a user has it: what it is given, and what comes out."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from dlcli.api import _experiment
from dlcli.cli import main

WINE = """\
name: wine
data: {source: wine, split: {train: 0.6, validation: 0.2, test: 0.2}, prepare: [standardize]}
network:
  - linear: {units: 8}
  - tanh
  - linear: {units: 3}
loss: cross_entropy
optimizer: {adam: {learning_rate: 0.02}}
training: {epochs: 8, monitor: validation.loss}
"""
DIABETES = """\
data: {source: diabetes, split: {train: 0.8, test: 0.2}, prepare: [standardize, scale_target]}
network: [{linear: {units: 4}}, tanh, {linear: {units: 1}}]
loss: mse
optimizer: {adam: {learning_rate: 0.01}}
training: {epochs: 5}
"""


CSV = """\
name: base
data: {source: {csv: {file: a.csv, target: y}}, split: {train: 0.6, validation: 0.2, test: 0.2}, prepare: [standardize]}
network: [{linear: {units: 3}}, tanh, {linear: {units: 2}}]
loss: cross_entropy
optimizer: adam
"""
"""Without `training`."""


class Result(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict:
        """The one JSON document on stdout, read strictly."""
        def refuse(text):
            raise AssertionError(f"{text} is not strict JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def dlcli(capfd, monkeypatch, tmp_path):
    """Call the program in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(_experiment, "cores", lambda: 1)       # the other cores run other tests

    def call(*arguments) -> Result:
        capfd.readouterr()
        status = main([str(a) for a in arguments])
        gc.enable()
        return Result(status, *capfd.readouterr())

    return call


@pytest.fixture
def undrawn(monkeypatch):
    """The pictures of explanations are laid out but not rendered, which takes longer than all else in a test."""
    from dlcli.figures import explanation

    monkeypatch.setattr(explanation, "png", lambda figure: b"no picture")


CALLS = """
import sys
from dlcli.cli import main
status = 0
for line in sys.argv[1:]:
    status = max(status, main(line.split()))
    print(end="\\f", flush=True)
sys.exit(status)
"""
"""Calls of the program, one after another, in one process: a form feed after what each has said."""


def calls(*lines: str, cwd: Path, environment: dict | None = None) -> subprocess.CompletedProcess:
    """These calls in a process of their own; its status is the largest of theirs."""
    return subprocess.run([sys.executable, "-c", CALLS, *lines], cwd=cwd, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(environment or {})})


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A folder with configs and a run of each."""
    folder = tmp_path_factory.mktemp("commands")
    before = Path.cwd()
    for name, text in (("wine", WINE), ("diabetes", DIABETES)):
        (folder / f"{name}.yaml").write_text(text)
    try:
        os.chdir(folder)
        for name in ("wine", "diabetes"):
            assert main(["train", f"{name}.yaml", "--quiet", "--json"]) == 0
    finally:
        os.chdir(before)
        gc.enable()
    return folder


@pytest.fixture
def wine(folder) -> Path:
    return next((folder / "runs").glob("wine-*"))


@pytest.fixture
def diabetes(folder) -> Path:
    return next((folder / "runs").glob("diabetes-*"))
