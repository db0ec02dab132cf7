"""What the inputs of `predict` and `explain_prediction` are: rows, pictures or recordings."""

from typing import TYPE_CHECKING

from dlcli.errors import UsageError

if TYPE_CHECKING:
    from dlcli.data.audio.listing import Recordings
    from dlcli.data.fitted import Fitted
    from dlcli.data.pictures.listing import Pictures


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


def check_invert(invert: bool, pictures: "Pictures | None") -> None:
    """UsageError if `--invert` is given and nothing would be turned round."""
    if invert and not pictures:
        raise UsageError("--invert", "is for picture files, and folders and .zip files of them")
