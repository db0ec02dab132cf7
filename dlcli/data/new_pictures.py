"""Picture files for a trained network: brought to its input the way that its training data was."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlcli.data.class_folders import ENDINGS, open_folders
from dlcli.data.files import Files, open_regular
from dlcli.data.picture import MAX_BYTES, Form, decode
from dlcli.data.picture_set import decoded, survey
from dlcli.data.progress import warn
from dlcli.data.table import Column, Table, listed
from dlcli.errors import DataError

DARK, LIGHT = 0.25, 0.6
"""Mean brightness of a picture's edge below which, and above which, its background counts as dark or light."""


def is_picture(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def is_pictures(name: str) -> bool:
    """Whether it is a folder or .zip file of classes."""
    return Path(name).is_dir() or name.lower().endswith(".zip")


def pictures_in(folder: str) -> list[str]:
    """Every picture file below a folder, sorted. DataError where there is none."""
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith(".")]
        found += [os.path.join(place, name) for name in names if is_picture(name) and not name.startswith(".")]
    if not found:
        raise DataError(folder, "holds no picture", f"pictures end in {', '.join(ENDINGS)}")
    return sorted(found)


def picture_table(files: Files, paths: Sequence[str], fitted: dict, invert: bool = False) -> Table:
    """Pictures of any format, size and mode as rows of the run's source.

    They are fitted to the size as `image_folder` was told to; for other sources all of a picture is scaled down or up, with a border in
    the colour of its edge. invert: dark becomes light. Where background and training data are of opposite brightness, that is said.
    """
    record, form = _reads(paths[0], fitted)
    pictures = np.stack([decode(_bytes(files, path), path, form) for path in paths])
    if invert:
        pictures = 255 - pictures
    _compare(paths, pictures, record["picture"]["edge"], invert)
    values = _stored(pictures, record, paths[0])
    return Table({record["name"]: Column(values)}, where=lambda row, title: paths[row])


def folder_table(files: Files, path: str, fitted: dict, target_name: str) -> Table:
    """The pictures of a folder or .zip file with one folder per class, and the classes as targets."""
    record, form = _reads(path, fitted)
    folders = open_folders(files, path)
    values = _stored(decoded(folders, survey(folders), form), record, path)
    return Table({record["name"]: Column(values)}, Column(np.array(folders.ids, np.int64), folders.classes), target_name,
                 "classification", where=lambda row, title: folders.title(row))


def _reads(name: str, fitted: dict) -> tuple[dict, Form]:
    """The record of the run's pictures, and the form that they have. DataError where it reads none."""
    record = fitted["columns"][0]
    if len(fitted["columns"]) > 1 or not record.get("picture"):
        raise DataError(name, "is a picture, and the run was trained on " + listed([r["name"] for r in fitted["columns"]], 3),
                        "give a file with these columns, or an array of the training rows' shape")
    height, width, channels = record["picture"]["shape"]
    options = fitted["source"].get("image_folder", {})
    return record, Form((height, width), channels, options.get("fit", "pad"))


def _bytes(files: Files, path: str) -> bytes:
    with open_regular(files.find(path), path) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise DataError(path, f"has more than {MAX_BYTES:,} bytes")
    return data


def _stored(pictures: np.ndarray, record: dict, name: str) -> np.ndarray:
    """Bytes as the values that the training files hold: black is 0, white is `top`."""
    top = record["picture"]["top"]
    if top is None:
        raise DataError(name, "is a picture, and nothing tells how bright the numbers are that the run was trained on",
                        "give an .npy array with values as in the training file")
    values = pictures.reshape(len(pictures), *record["shape"])
    return values if top == 255 else values * (top / 255)


def _compare(paths: Sequence[str], pictures: np.ndarray, edge: float | None, inverted: bool) -> None:
    """Warn of pictures whose background is light where the training pictures' is dark, or the other way round."""
    if edge is None or DARK <= edge <= LIGHT:
        return
    own = [np.concatenate([x[0], x[-1], x[:, 0], x[:, -1]]).mean() / 255 for x in pictures]
    unlike = [path for path, e in zip(paths, own) if (e > LIGHT if edge < DARK else e < DARK)]
    if unlike:
        theirs, ours = ("dark", "light") if edge < DARK else ("light", "dark")
        names = ", ".join(unlike[:3]) + (", ..." if len(unlike) > 3 else "")
        warn(f"warning: {names}: {ours} background, and the training pictures have a {theirs} one"
             + ("; is --invert right?" if inverted else "; --invert turns light and dark round"))
