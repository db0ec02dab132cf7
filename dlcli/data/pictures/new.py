"""Picture files for a trained network: brought to its input the way that its training data was."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlcli.data.files.class_folders import open_folders
from dlcli.data.files.find import Files
from dlcli.data.pictures.brightness import DARK, LIGHT
from dlcli.data.pictures.decode import PICTURES, Form, decode, read_head
from dlcli.data.pictures.decoded_set import decode_all, decoded, survey
from dlcli.data.pictures.listing import Pictures
from dlcli.data.table import Column, Table
from dlcli.errors import DataError, DlcliError
from dlcli.notices import Progress, info, warn
from dlcli.text import first_of, quoted_list

if TYPE_CHECKING:
    from dlcli.data.columns._column import FittedColumn
    from dlcli.data.fitted import Fitted

SAMPLE = 100
"""Pictures of a folder of classes whose backgrounds are looked at."""


def picture_table(
    pictures: Pictures, fitted: "Fitted", invert: bool = False, unreadable: dict[int, DlcliError] | None = None
) -> Table:
    """Pictures of any format, size and mode as rows of the run's source.

    They are fitted to the size as `image_folder` was told to; for other sources all of a picture is scaled down or up,
    with a border in the colour of its edge. invert: dark becomes light. If background and training data are of
    opposite brightness, that is said.
    unreadable: is filled with what cannot be read, place to error, and the others are the rows. Without it, or if
    nothing can be read, that is a DataError.
    """
    column, form = _reads(pictures.names[0], fitted)
    whole, bad = _decode(pictures, form)
    if bad and (unreadable is None or not len(whole)):
        _refuse([pictures.names[row] for row in bad], list(bad.values()), form)
    if unreadable is not None:
        unreadable |= bad
    names = [name for row, name in enumerate(pictures.names) if row not in bad]
    if invert:
        whole = 255 - whole
    _compare(
        names,
        whole,
        column.picture.edge,
        "is --invert right?" if invert else "--invert turns light and dark round",
    )
    return Table({column.name: Column(_stored(whole, column, names[0]))}, where=lambda row, title: names[row])


def _decode(pictures: Pictures, form: Form) -> tuple[np.ndarray, dict[int, DlcliError]]:
    """The pictures that can be read, uint8 (pictures, height, width, channels), and the errors of the others by their
    places.

    What is animated is said.
    """
    whole, filled = np.empty((len(pictures), *form.size, form.channels), np.uint8), 0
    bad, animated, progress = {}, [], Progress("decoding pictures", len(pictures))
    try:
        for row, (name, read) in enumerate(zip(pictures.names, pictures.reads)):
            try:
                data = read()
                moving = read_head(data, name).animated
                whole[filled] = decode(data, name, form)
            except OSError as error:
                bad[row] = DataError(name, f"cannot be read: {error.strerror or error}")
            except DlcliError as error:
                bad[row] = error
            else:
                filled += 1
                animated += [name] if moving else []
            progress.add()
    finally:
        progress.end()
    if animated:
        info(
            f"{_some(animated, len(pictures))} {'is' if len(animated) == 1 else 'are'} animated: only the first "
            "frame is read"
        )
    return whole[:filled], bad


def _refuse(names: list[str], errors: list[DlcliError], form: Form) -> None:
    """Raise the errors as one, as those of training pictures are told."""
    def fail(row: int):
        raise errors[row]

    decode_all(len(errors), names.__getitem__, fail, form)


def folder_table(files: Files, path: str, fitted: "Fitted", target_name: str) -> Table:
    """The pictures of a folder or .zip file with one folder per class, and the classes as targets.

    If the backgrounds of most, by a sample, and of the training data are of opposite brightness, that is said.
    """
    column, form = _reads(path, fitted)
    folders = open_folders(files, path, PICTURES)
    found = survey(folders)
    pictures = decoded(folders, found, form)
    step = -(-len(pictures) // SAMPLE)
    some = [folders.title(row) for row in range(0, len(pictures), step)]
    advice = "the run has learned no such ones" + (f" (of {step} pictures, one was looked at)" if step > 1 else "")
    _compare(some, pictures[::step], column.picture.edge, advice, len(some) // 2 + 1)
    values = _stored(pictures, column, path)
    return Table(
        {column.name: Column(values)},
        Column(np.array(folders.ids, np.int64), folders.classes),
        target_name,
        "classification",
        where=lambda row, title: folders.title(row),
        origin=lambda: found["digest"],
    )


def _reads(name: str, fitted: "Fitted") -> tuple["FittedColumn", Form]:
    """The column of the run's pictures, and the form that they have. DataError if it reads none."""
    column = fitted.columns[0]
    if len(fitted.columns) > 1 or column.picture is None:
        raise DataError(
            name,
            "is a picture, and the run was trained on " + quoted_list((column.name for column in fitted.columns), 3),
            "give a file with these columns, or an array of the training rows' shape",
        )
    height, width, channels = column.picture.shape
    options = fitted.source.get("image_folder", {})
    return column, Form((height, width), channels, options.get("fit", "pad"))


def _stored(pictures: np.ndarray, column: "FittedColumn", name: str) -> np.ndarray:
    """Bytes as the values that the training files hold: black is 0, white is `top`."""
    top = column.picture.top
    if top is None:
        raise DataError(name, "is a picture, and nothing tells how bright the numbers are that the run was trained on",
                        "give an .npy array with values as in the training file")
    values = pictures.reshape(len(pictures), *column.shape)
    return values if top == 255 else values * (top / 255)


def _compare(names: Sequence[str], pictures: np.ndarray, edge: float | None, advice: str, least: int = 1) -> None:
    """Warn if so many pictures have a light background and the training pictures a dark one, or the other way
    round."""
    if edge is None or DARK <= edge <= LIGHT:
        return
    own = [np.concatenate([x[0], x[-1], x[:, 0], x[:, -1]]).mean() / 255 for x in pictures]
    unlike = [name for name, e in zip(names, own) if (e > LIGHT if edge < DARK else e < DARK)]
    if len(unlike) >= least:
        theirs, ours = ("dark", "light") if edge < DARK else ("light", "dark")
        warn(
            f"{_some(unlike, len(names))}: {ours} background, and the training pictures have a {theirs} "
            f"one; {advice}"
        )


def _some(names: Sequence[str], whole: int) -> str:
    """Pictures among others, by their names as far as they are few."""
    shown = first_of(names, 3)
    return shown if whole == 1 else f"{len(names):,} of {whole:,} pictures ({shown})"
