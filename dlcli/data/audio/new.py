"""Recordings for a trained network: brought to its input the way that its training data was."""

from typing import TYPE_CHECKING

import numpy as np

from dlcli.data.audio.decode import Head, need_packages, read_head
from dlcli.data.audio.folders import open_recordings
from dlcli.data.audio.listing import Recordings, reads_recordings
from dlcli.data.audio.log_mel import Form
from dlcli.data.audio.spectra import silent, spectra, spectrogram, survey
from dlcli.data.files.each import each
from dlcli.data.files.find import Files
from dlcli.data.ragged import Ragged
from dlcli.data.table import Column, Table
from dlcli.data.target.sequences import Sequences
from dlcli.engine.blas import single_thread
from dlcli.errors import DataError, DlcliError
from dlcli.notices import Progress, warn
from dlcli.text import first_of, quoted_list

if TYPE_CHECKING:
    from dlcli.data.columns.frames import Frames
    from dlcli.data.fitted import Fitted


def recording_table(
    recordings: Recordings, fitted: "Fitted", unreadable: dict[int, DlcliError] | None = None
) -> Table:
    """Recordings of any format, rate and channels as rows of the run's source, without a target.

    What is cut, silent, or of a lower rate than the run's is said. unreadable: is filled with what cannot be read,
    place to error, and the others are the rows. Without it, or if nothing can be read, that is a DataError.
    """
    need_packages("predict")
    column, form = _reads(recordings.names[0], fitted)
    heads, rows, bad = _computed(recordings, form)
    if bad and (unreadable is None or not rows):
        _refuse(recordings, bad)
    if unreadable is not None:
        unreadable |= bad
    names = [name for row, name in enumerate(recordings.names) if row not in bad]
    x = Ragged.of(rows)
    _warn(names, x, heads, column, form)
    return Table({column.name: Column(x, kind="frames")}, where=lambda row, title: names[row])


def folder_table(files: Files, path: str, fitted: "Fitted", target_name: str) -> Table:
    """The recordings of a folder or .zip file, with their classes as targets, told as in the run's source: by the names
    of folders or by its `label`. Where the run's rows are joined of several, each is a row by itself."""
    need_packages("evaluate")
    column, form = _reads(path, fitted)
    folders = open_recordings(files, path, fitted.source.get("audio_folder", {}).get("label"))
    found = survey(folders)
    x = spectra(folders, found, form)
    _warn([folders.title(row) for row in range(len(x))], x, [Head(*head) for head in found["heads"]], column, form)
    ids = np.array(folders.ids, np.int64)
    several = isinstance(fitted.target, Sequences)
    return Table(
        {column.name: Column(x, kind="frames")},
        Column(Ragged(ids, np.arange(len(ids) + 1)) if several else ids, folders.classes),
        target_name,
        "classification",
        where=lambda row, title: folders.title(row),
        origin=lambda: found["digest"],
    )


def _reads(name: str, fitted: "Fitted") -> tuple["Frames", Form]:
    """The column of the run's recordings, and the form that they have. DataError if it reads none."""
    if not reads_recordings(fitted):
        raise DataError(
            name,
            "is a recording, and the run was trained on " + quoted_list((column.name for column in fitted.columns), 3),
            "give a file with these columns, or an array of the training rows' shape",
        )
    (column,) = fitted.columns
    return column, Form(**column.sound)


def _computed(recordings: Recordings, form: Form) -> tuple[list[Head], list[np.ndarray], dict[int, DlcliError]]:
    """Heads and spectrograms of those that can be read, and the errors of the others by their places."""
    single_thread()         # as for the training recordings
    heads, rows, bad = [], [], {}
    progress = Progress("computing spectrograms", len(recordings))
    try:
        for row, (name, read) in enumerate(zip(recordings.names, recordings.reads)):
            try:
                data = read()
                x = spectrogram(data, name, form)
                heads.append(read_head(data, name))
                rows.append(x)
            except OSError as error:
                bad[row] = DataError(name, f"cannot be read: {error.strerror or error}")
            except DlcliError as error:
                bad[row] = error
            progress.add()
    finally:
        progress.end()
    return heads, rows, bad


def _refuse(recordings: Recordings, bad: dict[int, DlcliError]) -> None:
    """Raise the errors as one, as those of training recordings are told."""
    places = list(bad)

    def fail(i: int):
        raise bad[places[i]]

    list(each("", len(places), lambda i: recordings.names[places[i]], fail, None))


def _warn(names: list[str], x: Ragged, heads: list[Head], column: "Frames", form: Form) -> None:
    """Say what the network will not hear as it is."""
    steps = np.diff(x.starts)
    for chosen, what in (
        (steps > column.longest, f"longer than the {column.longest:,} steps that the network reads, "
                                 f"{column.longest * form.stride / form.rate:.2f} s; the rest is left out"),
        (silent(x), "silent from beginning to end"),
        (np.array([head.rate < form.rate for head in heads]),
         f"of fewer samples a second than the run was trained on, {form.rate:,}: the bands above hold nothing"),
    ):
        some = [names[i] for i in np.flatnonzero(chosen).tolist()]
        if some:
            which = some[0] if len(some) == 1 else f"{len(some):,} of {len(names):,} recordings ({first_of(some, 3)})"
            warn(f"{which}: {what}")
