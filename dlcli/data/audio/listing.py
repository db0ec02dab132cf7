"""Recordings as a user names them: one by one, all of a folder, all within a .zip file."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.data.audio.decode import RECORDINGS
from dlcli.data.files.find import Files, is_folder, open_regular
from dlcli.data.files.folder import open_folder

if TYPE_CHECKING:
    from dlcli.data.fitted import Fitted


@dataclass(frozen=True)
class Recordings:
    """names: in the user's terms, as `set/yes/1.wav` and `set.zip/yes/1.wav`. reads: what reads each one's bytes."""

    names: list[str]
    reads: list[Callable[[], bytes]]

    def __len__(self) -> int:
        return len(self.names)

    def __add__(self, others: "Recordings") -> "Recordings":
        return Recordings(self.names + others.names, self.reads + others.reads)


def is_recording(name: str) -> bool:
    return RECORDINGS.has(name)


def reads_recordings(fitted: "Fitted") -> bool:
    """Whether a run was trained on recordings, so that a folder or .zip file is one of such."""
    return len(fitted.columns) == 1 and getattr(fitted.columns[0], "sound", None) is not None


def is_recordings(name: str, fitted: "Fitted") -> bool:
    """Whether it is a folder or .zip file of recordings, for a run that reads such."""
    return reads_recordings(fitted) and (name.lower().endswith(".zip") or is_folder(name))


def files_of(paths: list[str], files: Files | None = None) -> Recordings:
    """Recordings by the names of their files."""
    return Recordings(paths, [partial(_read, files or Files(Path()), path) for path in paths])


def recordings_in(name: str) -> Recordings:
    """Every recording below a folder or in a .zip file, sorted by name. DataError if there is none."""
    folder = open_folder(Files(Path()), name, RECORDINGS)
    return Recordings([os.path.join(name, path) for path in folder.names],
                      [partial(folder.read, path) for path in folder.names])


def _read(files: Files, path: str) -> bytes:
    with open_regular(files.find(path), path, RECORDINGS.most) as file:
        return file.read()
