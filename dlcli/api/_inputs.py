"""What the inputs of `predict` and `explain_prediction` are: rows, pictures or recordings."""

from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import UsageError

if TYPE_CHECKING:
    from dlcli.data.audio.listing import Recordings
    from dlcli.data.fitted import Fitted
    from dlcli.data.new_texts import Sentences
    from dlcli.data.pictures.listing import Pictures


class Given(NamedTuple):
    """What the inputs of `predict` are. rows: as `_stored.new_rows` takes them. read: names of the files. medium:
    "picture" or "recording" if each is one. texts: if each is one."""

    rows: "list[str] | Pictures | Recordings | Sentences"
    read: list[str]
    medium: str | None = None
    texts: list[str] | None = None

    @property
    def pictures(self) -> bool:
        return self.medium == "picture"


def given(inputs: list[str], fitted: "Fitted") -> Given:
    """fitted: what the run has learned of its data."""
    from dlcli.data.new_texts import sentences_of, takes_texts

    if takes_texts(fitted):
        found = sentences_of(inputs, fitted)
        if found:
            return Given(found, [found.file] * bool(found.file), texts=found.texts)
    elif found := recordings_of(inputs, fitted):
        return Given(found, [*inputs, *found.names], "recording")
    elif found := pictures_of(inputs, fitted):
        return Given(found, [*inputs, *found.names], "picture")
    return Given(inputs, inputs)


def pictures_of(names: list[str], fitted: "Fitted") -> "Pictures | None":
    """The picture files that the inputs stand for, those of folders and .zip files with them; None if the input is a
    file of rows.

    fitted: as for `is_pictures`. UsageError if some are pictures and some are not.
    """
    from dlcli.data.pictures.listing import Pictures, files_of, is_picture, is_pictures, pictures_in

    kinds = [is_picture(name) or is_pictures(name, fitted) for name in names]
    if any(kinds) and not all(kinds):
        raise UsageError(names[kinds.index(False)], "is no picture, and the others are", "predict them one by one")
    if not all(kinds):
        return None
    found = (pictures_in(name) if is_pictures(name, fitted) else files_of([name]) for name in names)
    return sum(found, Pictures([], []))


def recordings_of(names: list[str], fitted: "Fitted") -> "Recordings | None":
    """The recordings that the inputs stand for, those of folders and .zip files with them; None if the input is a file
    of rows. fitted: as for `is_recordings`. UsageError if some are recordings and some are not."""
    from dlcli.data.audio.listing import Recordings, files_of, is_recording, is_recordings, recordings_in

    kinds = [is_recording(name) or is_recordings(name, fitted) for name in names]
    if any(kinds) and not all(kinds):
        raise UsageError(names[kinds.index(False)], "is no recording, and the others are", "predict them one by one")
    if not all(kinds):
        return None
    found = (recordings_in(name) if is_recordings(name, fitted) else files_of([name]) for name in names)
    return sum(found, Recordings([], []))


def check_invert(invert: bool, pictures: "Pictures | bool | None") -> None:
    """UsageError if `--invert` is given and nothing would be turned round."""
    if invert and not pictures:
        raise UsageError("--invert", "is for picture files, and folders and .zip files of them")
