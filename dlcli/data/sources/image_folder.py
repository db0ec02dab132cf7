"""Folders of pictures, one per class."""

from functools import partial
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le, Len

from dlcli.data.files.class_folders import open_folders
from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import array_column
from dlcli.data.pictures.decode import PICTURES, Fit
from dlcli.data.pictures.decoded_set import decoded, form_of, need_size, outline, survey
from dlcli.data.sources._source import Source
from dlcli.data.table import Column, Table

WHERE = "data.source.image_folder"


class ImageFolder(Source):
    """Pictures (JPEG, PNG, GIF, BMP, WebP, TIFF, PPM) in one folder per class; the folders' names are the classes.

    Bytes become 0..1. Pictures are decoded once and kept in dlcli's cache folder; a .zip file is read as it is, nothing
    is unpacked.
    """

    path: str
    """Folder or .zip file of the training pictures."""
    test: str | None = None
    """Folder or .zip file of the test pictures, with the same classes."""
    validation: str | None = None
    """Folder or .zip file of the validation pictures."""
    size: Annotated[list[Annotated[int, Ge(1), Le(8192)]], Len(2, 2)] | None = None
    """[height, width] that every picture is brought to, at most 4,194,304 pixels. Default: their own, if all have the
    same."""
    channels: Literal[1, 3] | None = None
    """1 makes every picture grey, 3 coloured. Default: 3 if any training picture has colour."""
    fit: Fit = "resize"
    """How a picture gets the `size`. `resize`: stretched; `crop`: scaled and the middle cut out; `pad`: all of it, with
    a border in the colour of its edge."""

    def memory_hint(self) -> str:
        return "a smaller `size` needs less"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return self._tables(files, decoded)

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        return self._tables(files, lambda folders, found, form: np.broadcast_to(
            np.zeros((), np.uint8), (len(folders.paths), *form.size, form.channels)))

    def _tables(self, files: Files, pictures) -> dict[str, Table]:
        tables, form = {}, None
        for part, option in (("train", "path"), ("validation", "validation"), ("test", "test")):
            written = getattr(self, option)
            if written is None:
                continue
            folders = open_folders(files, written, PICTURES, 2 if part == "train" else 1)
            found = survey(folders)
            files.verify(written, folders.place, folders.size, found["digest"])
            if form is None:                # the training pictures decide for all
                form = form_of(found, self.size, self.channels, self.fit, f"{WHERE}.{option}", written)
            elif self.size is None:
                need_size(found, form, f"{WHERE}.{option}", written)
            target = Column(np.array(folders.ids, np.int64), folders.classes)
            column = array_column(pictures(folders, found, form), scale=True, mapped=True)
            tables[part] = Table(
                {"x": column},
                target,
                "class",
                "classification",
                about=f"{written}: {outline(found, form)}",
                where=lambda row, title, folders=folders: folders.title(row),
                origin=partial(files.digest, written),
            )
        return tables
