"""What the proposals share: names of files as a config has them, and templates."""

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template

from dlcli.errors import DataError


def reference(written: str, config: Path) -> str:
    """A user's path as the config names it: relative to the config if it lies below it, else absolute."""
    place, base = Path(written).resolve(), config.resolve().parent
    return os.path.relpath(place, base) if place.is_relative_to(base) else str(place)


def filled(template: str, **values: object) -> str:
    """A template of this folder with its places filled. A line whose only place stays empty is left out."""
    text = resources.files("dlcli").joinpath("api", "proposals", f"{template}.yaml").read_text("utf-8")
    empty = [f"${name}" for name, value in values.items() if value in ("", None)]
    lines = [line for line in text.splitlines(keepends=True) if line.strip() not in empty]
    return Template("".join(lines)).substitute(values)


def one(paths: Sequence[str], what: str) -> str:
    """The only path. DataError if there are several."""
    if len(paths) > 1:
        raise DataError(paths[1], f"{what} is looked at alone", "give one --data")
    return paths[0]
