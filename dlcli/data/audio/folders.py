"""Recordings in folders: their classes, and which are those of each split."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dlcli.data.audio.decode import RECORDINGS
from dlcli.data.audio.pattern import LABEL, Incomparable, Pattern, Unselected, selected
from dlcli.data.audio.spectra import survey
from dlcli.data.files.class_folders import ClassFolders, arranged, open_folders
from dlcli.data.files.find import Files
from dlcli.data.files.folder import open_folder
from dlcli.errors import ConfigError, DataError
from dlcli.text import meant_or_all, quoted, quoted_list

if TYPE_CHECKING:
    from dlcli.data.sources.audio_folder import AudioFolder

WHERE = "data.source.audio_folder"
SHOWN = 5
"""Names of files that do not fit."""


class Part(NamedTuple):
    """The recordings of a split. option: that which names their folder. found: as of `survey`. rows: their numbers
    among those of the folder, ascending."""

    option: str
    folders: ClassFolders
    found: dict
    rows: np.ndarray


def open_recordings(files: Files, written: str, label: str | None, least: int = 1) -> ClassFolders:
    """The recordings of a folder or .zip file, with their classes. label: the pattern of their names; None if there is
    one folder per class. DataError if they do not fit, or for fewer classes than `least`."""
    if label is None:
        return open_folders(files, written, RECORDINGS, least)
    folder, pattern = open_folder(files, written, RECORDINGS), Pattern(label)
    ways = [pattern.fits(name) for name in folder.names]
    strange = [name for name, found in zip(folder.names, ways) if not found]
    if strange:
        raise DataError(written, f"{len(strange):,} of {RECORDINGS.count(len(ways))} do not fit `label: {label}`: "
                        f"{quoted_list(strange, SHOWN)}", "take them out, or write a `label` that fits all")
    double = next((i for i, found in enumerate(ways) if len(found) > 1), None)
    if double is not None:
        one, other = (", ".join(f"{name}: {quoted(text)}" for name, text in way.items()) for way in ways[double])
        raise DataError(f"{written}/{folder.names[double]}", f"fits `label: {label}` in two ways: {one}; or {other}",
                        "rename it, or put each class in a folder of its own")
    facts = {name: [found[0][name] for found in ways] for name in pattern.names}
    return arranged(folder, facts[LABEL], facts, least)


def parts_of(source: "AudioFolder", files: Files) -> dict[str, Part]:
    """The recordings of each split, "train" first. ConfigError if a choice leaves a split without any, or two share
    one."""
    folders, found = _opened(source, files, "path", 2)
    chosen = {option: _chosen(option, value, folders) for option in ("validation", "test")
              if isinstance(value := getattr(source, option), dict)}
    both = np.logical_and.reduce(list(chosen.values())) if len(chosen) > 1 else np.zeros(1, bool)
    if both.any():
        raise ConfigError(f"{WHERE}.validation", f"chooses {RECORDINGS.count(int(both.sum()))} that `test` chooses "
                          f"too, such as {quoted(folders.paths[int(both.argmax())])}",
                          "a recording serves one split")
    rest = ~np.logical_or.reduce([np.zeros(len(folders.paths), bool), *chosen.values()])
    if not rest.any():
        raise ConfigError(f"{WHERE}.{[*chosen][-1]}", "leaves no recording for training", "choose fewer")
    parts = {"train": Part("path", folders, found, np.flatnonzero(rest))}
    for option in ("validation", "test"):
        if option in chosen:
            parts[option] = Part("path", folders, found, np.flatnonzero(chosen[option]))
        elif isinstance(getattr(source, option), str):
            own, heads = _opened(source, files, option, 1)
            if heads["digest"] == found["digest"]:
                raise ConfigError(f"{WHERE}.{option}", "holds the recordings that the network is trained on",
                                  f"choose some by what names say: `{option}: {{n: \"<5\"}}`, or name another folder")
            parts[option] = Part(option, own, heads, np.arange(len(own.paths)))
    return parts


def _opened(source: "AudioFolder", files: Files, option: str, least: int) -> tuple[ClassFolders, dict]:
    written = getattr(source, option)
    folders = open_recordings(files, written, source.label, least)
    found = survey(folders)
    files.verify(written, folders.place, folders.size, found["digest"])
    return folders, found


def _chosen(option: str, chosen: dict, folders: ClassFolders) -> np.ndarray:
    """Which recordings a split chooses, bool (recordings,)."""
    try:
        mask = selected(chosen, folders.facts)
    except Unselected as none:
        raise ConfigError(f"{WHERE}.{option}.{none.name}", f"no recording has {none.name} {quoted(none.value)}",
                          meant_or_all(str(none.value), none.there)) from None
    except Incomparable as part:
        raise DataError(folders.title(part.row), f"its {part.name} is {quoted(part.text)}, no whole number, and "
                        f"`{option}` compares it with one", "name the values in a list") from None
    if not mask.any():
        raise ConfigError(f"{WHERE}.{option}", "no recording fulfils all of it", "choose by fewer parts")
    return mask
