"""Kinds to classes: the registry is the listing of a family's folder, and a module is imported when its kind is named.

The listing is closed: a name that is not a file of the folder is refused, so no config, run or checkpoint can name
code to import.
"""

import os
from functools import cache
from importlib import import_module
from pathlib import Path

from dlcli.engine.component import Component

FAMILIES = ("layers", "losses", "optimizers", "schedules", "metrics", "initializers", "data.sources", "data.prepare",
            "data.augment", "data.tokens")
"""Folders below `dlcli/` whose files are components; the dotted name is the family's name."""
LISTED = (*FAMILIES, "data.columns", "health.causes")
"""Those, and folders with members that no config can name."""


@cache
def kinds(family: str) -> tuple[str, ...]:
    """Every kind of a family, sorted. Reads the folder; imports no member."""
    if family not in LISTED:
        raise KeyError(family)
    names = os.listdir(Path(__file__).parents[1].joinpath(*family.split(".")))
    return tuple(sorted(n.removesuffix(".py") for n in names if n.endswith(".py") and not n.startswith("_")))


@cache
def find(family: str, kind: str) -> type:
    """The class of one kind. KeyError if the family has no such kind."""
    if kind not in kinds(family):
        raise KeyError(kind)
    name = "".join(part.capitalize() for part in kind.split("_"))
    return getattr(import_module(f"dlcli.{family}.{kind}"), name)


def create(family: str, spec) -> Component:
    """A component from the grammar `kind` or `{kind: {options}}`; a component is returned as it is.

    For values that are already validated (defaults, resolved configs); users' text goes through `config/validate.py`.
    """
    if isinstance(spec, Component):
        return spec
    kind, options = (spec, {}) if isinstance(spec, str) else next(iter(spec.items()))
    return find(family, kind)(**(options or {}))
