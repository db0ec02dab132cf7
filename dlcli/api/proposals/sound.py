"""What a recording is, of several classes."""

from collections.abc import Sequence
from pathlib import Path

from dlcli.api.proposals._written import filled, one, reference
from dlcli.data.audio.decode import RECORDINGS
from dlcli.data.files.find import Files
from dlcli.data.files.folder import open_folder
from dlcli.errors import DataError
from dlcli.text import count, flow, quoted_list

BETWEEN = "_-"
"""What stands between the parts of a name."""


def propose(paths: Sequence[str], target: str | None, config: Path, name: str) -> str:
    """The config. DataError if nothing tells the classes."""
    path = one(paths, "a folder of recordings")
    if target is not None:
        raise DataError("--target", "is for tables: folders or names tell what a recording is")
    names = open_folder(Files(Path()), path, RECORDINGS).names
    if any("/" in own for own in names):
        classes = [own.split("/")[-2] if "/" in own else "" for own in names]
        label, parts = None, {}
    else:
        label, classes, parts = _pattern(path, names)
    found = sorted({*classes})
    if len(found) < 2:
        raise DataError(path, f"has one class, {found[0]!r}", "a folder for each class, or names that tell it, such as "
                        "7_theo_12.wav")
    fewest = min(map(classes.count, found))
    lines = [f"# {path}: {count(len(names), 'recording')} of {len(found):,} classes, "
             f"{quoted_list(found, 6)}; at least {fewest:,} of each"]
    if label:
        lines.append(f"# What a recording is was read from its name, such as {names[0]}: {label}")
    return filled(
        "sound", name=name, found="\n".join(lines), path=flow(reference(path, config)),
        label=f"      label: {flow(label)}" if label else "", batch=32 if len(names) >= 500 else 16,
        held="\n".join(f"      # test: {{{part}: {flow(value)}}}      instead of the share: a whole {part} is held out"
                       for part, value in parts.items()))


def _pattern(path: str, names: list[str]) -> tuple[str, list[str], dict[str, str]]:
    """The pattern of `label`, the class of each recording, and a value of each other part that groups recordings."""
    stems = [own[:own.rfind(".")] for own in names]
    for mark in BETWEEN:
        rows = [stem.split(mark) for stem in stems]
        if len({*map(len, rows)}) > 1 or len(rows[0]) < 2:
            continue
        columns = [*zip(*rows)]
        groups = [i for i, column in enumerate(columns) if 2 <= len({*column}) <= len(names) // 2]
        if not groups:
            continue
        titles = [f"part{i + 1}" for i in range(len(columns))]
        titles[groups[0]] = "label"
        others = {titles[i]: columns[i][0] for i in groups[1:] if not columns[i][0].isdecimal()}
        return mark.join(f"{{{title}}}" for title in titles), list(columns[groups[0]]), others
    raise DataError(path, f"nothing tells what a recording is: {quoted_list(names, 3)} lie in no folders by class, and "
                    "their names have no part that several share",
                    "a folder for each class, or names such as 7_theo_12.wav")
