"""Small runs and checkpoints, and file operations that fail when they are told to."""

import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.run import Run
from dlcli.storage import atomic


def checkpoint(step: int, size: int = 50, **state) -> Checkpoint:
    """Arrays whose every element is the step: a mixture of two checkpoints would show."""
    arrays = {"model/hidden.W": np.full((size, 3), step, np.float32), "optimizer/m": np.full(size, step, np.float64),
              "model/n": np.array([step, step]), "state/on": np.array([True, False])}
    return Checkpoint(arrays, {"step": step, "epoch": step // 10, **state})


def is_of(found: Checkpoint, step: int) -> bool:
    """Whether everything in it is of that step."""
    return found.state["step"] == step and all(
        (array == step).all() for name, array in found.arrays.items() if name != "state/on"
    )


def new_run(root: Path, name: str = "digits") -> Run:
    return Run.create(root, name, b"name: digits\n", {"name": name, "training": {"epochs": 3}}, {"seed": 0})


def temporaries(path: Path) -> list[str]:
    return [file.name for file in path.rglob("*.tmp")]


class Faulty(atomic.FileOps):
    """Calls `fault` instead of the n-th operation, counted from 1; with `kinds`, of every one of these from there
    on."""

    def __init__(self, at: int, fault, kinds: tuple[str, ...] = ()):
        self.at, self.fault, self.kinds = at, fault, kinds
        self.log = []

    def _count(self, kind: str) -> None:
        self.log.append(kind)
        if (kind in self.kinds and len(self.log) >= self.at) if self.kinds else len(self.log) == self.at:
            self.fault()


def _counted(kind: str):
    def operation(self, *arguments):
        self._count(kind)
        return getattr(atomic.FileOps, kind)(self, *arguments)
    return operation


for _kind in ("open", "write", "fsync", "close", "replace", "unlink"):
    setattr(Faulty, _kind, _counted(_kind))


def raising(error: type, *arguments):
    def fault():
        raise error(*arguments)
    return fault


@contextmanager
def operations(ops: atomic.FileOps):
    """Everything that is stored meanwhile goes through `ops`."""
    before, atomic.ops = atomic.ops, ops
    try:
        yield ops
    finally:
        atomic.ops = before


def forked(function) -> int:
    """Run a function in a forked child, which it does not leave; its exit status, or minus the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
            os._exit(0)
        except BaseException:
            os._exit(99)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


def save(store, *steps, best=False, keep=2):
    for step in steps:
        store.save(checkpoint(step), step, best, keep)
