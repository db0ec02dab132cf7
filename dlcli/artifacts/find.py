"""Run folders by the names that people give them."""

import os
from contextlib import suppress
from pathlib import Path

from dlcli.artifacts.run import Run, made
from dlcli.errors import RunError
from dlcli.text import listed


def find(name: str | Path, root: str | Path) -> Run:
    """The run of a path, of a name below root, of a beginning that only one name has, or the newest for `last`."""
    name, root = str(name), Path(root)
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        _refuse_file(path)
    if os.path.exists(path / "run.json"):
        return Run.open(path)
    if os.sep in name.rstrip(os.sep):
        return _open(path)
    with suppress(OSError):
        found = [folder.parent for folder in root.glob("*/run.json")]
        if name == "last" and found:
            return Run.open(max(found, key=made))
        beginning = [folder for folder in found if folder.name.startswith(name)]
        if len(beginning) == 1:
            return Run.open(beginning[0])
        if len(beginning) > 1 and not os.path.exists(root / name):
            newest = listed(sorted(folder.name for folder in beginning)[-3:])
            raise RunError(
                name,
                f"{len(beginning)} runs in {root} begin so",
                f"the newest are {newest}; `last` is the newest of all",
            )
    if name == "last":
        raise RunError(str(root), "there are no runs", "`dlcli train CONFIG` makes one, --runs names another folder")
    return _open(path if os.path.exists(path) else root / name)


def _open(path: Path) -> Run:
    """Run.open, for what is perhaps something else."""
    _refuse_file(path)
    with suppress(OSError):
        if next(path.glob("*/run.json"), None):
            raise RunError(str(path), "a folder of runs, and one of them is wanted",
                           f"`last --runs {path}` is the newest")
    return Run.open(path)


def _refuse_file(path: Path) -> None:
    """RunError if a path is that of a file: a config, or a part of a run."""
    if not os.path.isfile(path):
        return
    if path.name == "config.yaml" and os.path.exists(path.parent / "run.json") or path.suffix not in (".yaml", ".yml"):
        folder = next((folder for folder in path.parents[:2] if os.path.exists(folder / "run.json")), None)
        raise RunError(str(path), "a file, and a run is a folder",
                       f"it is a part of {folder}" if folder else "`dlcli runs` lists the runs")
    raise RunError(str(path), "a config, and a run is wanted",
                   f"`dlcli train {path}` makes one, and `last` then names it")
