"""A checkpoint: the arrays of a run at one step and the state that goes with them, in one file.

One file, because two (weights, optimizer) can come from different steps. No pickle, and nothing in it names code.
"""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dlcli.artifacts.tensor_file import decode, encode, is_whole
from dlcli.errors import RunError
from dlcli.storage.atomic import open_file
from dlcli.storage.strict_json import dump, parse

SCHEMA_VERSION = 1
"""Raised when the meaning of arrays or state changes; older versions are then brought up to it on reading."""


class Checkpoint(NamedTuple):
    """What a run can go on from, and predict with.

    arrays: by name: float32, float64, int64, int32 or bool, of any shape.
    state: JSON values. "step", the number of steps done, must be there; "schema_version" is added.
    "best", if there is one, is the file name of the best checkpoint as of this step.
    """

    arrays: dict[str, np.ndarray]
    state: dict

    def encode(self) -> tuple[list, str]:
        """The file in pieces (arrays without a copy) and its sha256 in hex. ValueError if something cannot be
        stored."""
        state = {"schema_version": SCHEMA_VERSION, **self.state}
        if problem := _problem(state):
            raise ValueError(problem)
        return encode(self.arrays, {"state": dump(state).decode()})

    def to_bytes(self) -> bytes:
        """The whole file: a copy, which later changes of the arrays do not touch."""
        return b"".join(self.encode()[0])

    @classmethod
    def from_bytes(cls, data: bytes, where: str = "checkpoint") -> "Checkpoint":
        """The opposite of `to_bytes`. RunError names the byte or field if the data is no checkpoint.

        The hash within is checked if there is one: data that another program wrote need not have it.
        """
        return cls._decode(io.BytesIO(data), len(data), where, None, signed=False)

    @classmethod
    def read(cls, path: Path, sha256: str | None = None) -> "Checkpoint":
        """From a file that has the given sha256 or, without one given, vouches for itself.

        FileNotFoundError; RunError as `from_bytes`, of which DamagedError if it is not what was saved; StorageError:
        memory.
        """
        stream, size = open_file(path)
        with stream:
            return cls._decode(stream, size, str(path), sha256, signed=sha256 is None)

    @classmethod
    def _decode(cls, stream, size: int, where: str, sha256: str | None, signed: bool) -> "Checkpoint":
        arrays, metadata = decode(stream, size, where, sha256, signed)
        if "state" not in metadata:
            raise RunError(f"{where}: __metadata__", "no entry 'state': not a checkpoint of dlcli")
        state = parse(metadata["state"].encode(), f"{where}: state")
        if problem := _problem(state):
            raise RunError(f"{where}: state", problem)
        return cls(arrays, state)


def _problem(state) -> str | None:
    if not isinstance(state, dict):
        return "expected an object"
    version, step = state.get("schema_version"), state.get("step")
    if not is_whole(version) or version == 0:
        return f"schema_version {str(version)[:40]!r}; expected a whole number from 1"
    if version > SCHEMA_VERSION:
        return f"schema_version {version}, written by a newer dlcli (this one reads {SCHEMA_VERSION}): upgrade dlcli"
    if not is_whole(step):
        return f"step {str(step)[:40]!r}; expected a whole number from 0"
    return None
