"""Where a name belongs that stands in the wrong place: in another section or component, or on the command line."""

from functools import cache

from dlcli.config.schema.fields import fields
from dlcli.config.schema.sections import sections
from dlcli.config.wording.aliases import SAID, folded
from dlcli.config.wording.suggest import SLIP, alike, same
from dlcli.engine import registry

KINDS = {"metrics": "`metrics: [{}]`", "data.prepare": "`data.prepare: [{}]`", "data.augment": "`data.augment: [{}]`",
         "losses": "`loss: {}`", "optimizers": "`optimizer: {}`", "schedules": "`schedule: {}`",
         "layers": "a layer of its own: `- {}` in `network`", "data.sources": "`data.source: {}`"}
"""How a component of each family is written, in the order in which a name that several have is looked for."""
PLACES = {"optimizers": "optimizer", "losses": "loss", "schedules": "schedule", "data.sources": "data.source"}
"""Families whose options are looked through, and where they stand."""
FILES = ("csv", "image_folder", "npz", "npy", "idx")
"""Data sources whose options are looked through: the others make their rows up."""
LATER = "training.adversarial"
"""A section that is seldom meant."""


def elsewhere(name: str) -> str | None:
    """A hint that says where a name belongs, or None: the name itself or what other tools call it, seldom a slip."""
    if hint := said(name):
        return hint
    if found := paths(name):
        where = " or ".join(map(repr, found)) if "." in found[0] else f"the section '{found[0]}', beside the others"
        return f"it is {where}"
    for family, form in KINDS.items():
        if meant := same(name, registry.kinds(family)):
            return f"it is {form.format(meant)}" if form.startswith("a ") else f"write {form.format(meant)}"
    return None


def said(name: str) -> str | None:
    """What `SAID` has for a name."""
    asked = folded(name.replace("-", "_"))
    return next((hint for names, hint in SAID.items() if asked in map(folded, names.split())), None)


def paths(name: str, slip: bool = True) -> list[str] | None:
    """Paths of the options of this name, in the sections, else in components. slip: also if it is but nearly so."""
    for places in (_sections(), _options()):
        if meant := same(name, places) or (alike(name, places, SLIP) if slip else None):
            return places[meant]
    return None


@cache
def _sections() -> dict[str, list[str]]:
    """Options of the sections by name, with their paths; the config's own sections come before others of their name."""
    found: dict[str, list[str]] = {}
    for section, cls in sections().items():
        for name in fields(cls) if section != LATER else ():
            if found.get(name) != [name]:
                found.setdefault(name, []).append(f"{section}.{name}".lstrip("."))
    return found


@cache
def _options() -> dict[str, list[str]]:
    """The same of what components have as options; in the place of the kind those that have it, if not all do."""
    found: dict[str, list[str]] = {}
    for family, place in PLACES.items():
        kinds, owners = FILES if family == "data.sources" else registry.kinds(family), {}
        for kind in kinds:
            for name in fields(registry.find(family, kind)):
                owners.setdefault(name, []).append(kind)
        for name, own in owners.items():
            kind = own[0] if len(own) == 1 else f"<{'kind' if len(own) == len(kinds) else '|'.join(own)}>"
            found.setdefault(name, []).append(f"{place}.{kind}.{name}")
    for name in fields(sections()[LATER]):
        found.setdefault(name, []).append(f"{LATER}.{name}")
    return found
