"""Picture files for a trained network: brought to its input the way that its training data was."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlcli.data.class_folders import ENDINGS, open_folders, walk
from dlcli.data.files import Files, open_regular
from dlcli.data.picture import MAX_BYTES, Form
from dlcli.data.picture_set import decode_all, decoded, survey
from dlcli.data.progress import warn
from dlcli.data.table import Column, Table, listed
from dlcli.errors import DataError

DARK, LIGHT = 0.25, 0.6
"""Mean brightness of a picture's edge below which, and above which, its background counts as dark or light."""
SAMPLE = 100
"""Pictures of a folder of classes whose backgrounds are looked at."""


def is_picture(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def is_pictures(name: str) -> bool:
    """Whether it is a folder or .zip file of classes."""
    return is_folder(name) or name.lower().endswith(".zip")


def is_folder(name: str) -> bool:
    """Whether a folder is found under this name, by the rule for all files."""
    try:
        return Files(Path.cwd()).find(name).is_dir()
    except DataError:
        return False


def pictures_in(folder: str) -> list[str]:
    """Every picture file below a folder, sorted. DataError where there is none."""
    names, _ = walk(folder, Files(Path.cwd()).find(folder))
    found = [os.path.join(folder, name) for name in names if is_picture(name)]
    if not found:
        raise DataError(folder, "holds no picture", f"pictures end in {', '.join(ENDINGS)}")
    return sorted(found)


def picture_table(files: Files, paths: Sequence[str], fitted: dict, invert: bool = False) -> Table:
    """Pictures of any format, size and mode as rows of the run's source.

    They are fitted to the size as `image_folder` was told to; for other sources all of a picture is scaled down or up, with a border in
    the colour of its edge. invert: dark becomes light. Where background and training data are of opposite brightness, that is said.
    """
    record, form = _reads(paths[0], fitted)
    pictures = decode_all(len(paths), lambda row: paths[row], lambda row: _bytes(files, paths[row]), form)
    if invert:
        pictures = 255 - pictures
    _compare(paths, pictures, record["picture"]["edge"], "is --invert right?" if invert else "--invert turns light and dark round")
    values = _stored(pictures, record, paths[0])
    return Table({record["name"]: Column(values)}, where=lambda row, title: paths[row])


def folder_table(files: Files, path: str, fitted: dict, target_name: str) -> Table:
    """The pictures of a folder or .zip file with one folder per class, and the classes as targets.

    Where the backgrounds of most, by a sample, and of the training data are of opposite brightness, that is said.
    """
    record, form = _reads(path, fitted)
    folders = open_folders(files, path)
    pictures = decoded(folders, survey(folders), form)
    sample = slice(None, None, -(-len(pictures) // SAMPLE))
    some = [folders.title(row) for row in range(len(pictures))[sample]]
    _compare(some, pictures[sample], record["picture"]["edge"], "the run has learned no such ones", len(some) // 2 + 1)
    values = _stored(pictures, record, path)
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
    with open_regular(files.find(path), path, MAX_BYTES) as file:
        return file.read()


def _stored(pictures: np.ndarray, record: dict, name: str) -> np.ndarray:
    """Bytes as the values that the training files hold: black is 0, white is `top`."""
    top = record["picture"]["top"]
    if top is None:
        raise DataError(name, "is a picture, and nothing tells how bright the numbers are that the run was trained on",
                        "give an .npy array with values as in the training file")
    values = pictures.reshape(len(pictures), *record["shape"])
    return values if top == 255 else values * (top / 255)


def _compare(names: Sequence[str], pictures: np.ndarray, edge: float | None, advice: str, least: int = 1) -> None:
    """Warn where so many pictures have a light background and the training pictures a dark one, or the other way round."""
    if edge is None or DARK <= edge <= LIGHT:
        return
    own = [np.concatenate([x[0], x[-1], x[:, 0], x[:, -1]]).mean() / 255 for x in pictures]
    unlike = [name for name, e in zip(names, own) if (e > LIGHT if edge < DARK else e < DARK)]
    if len(unlike) >= least:
        theirs, ours = ("dark", "light") if edge < DARK else ("light", "dark")
        shown = ", ".join(unlike[:3]) + (", ..." if len(unlike) > 3 else "")
        warn(f"warning: {shown}: {ours} background, and the training pictures have a {theirs} one; {advice}")
