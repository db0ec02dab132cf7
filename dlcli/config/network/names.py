"""Names of network entries, on the tree as it is written.

An entry without a name is called by its kind and the running count of that kind in the file, from 1 (`relu1`, `relu2`);
a name that somebody gave already is passed over. So a name does not depend on how often a `repeat` repeats.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from dlcli.config.schema.sections import ENTRY_NAME, SIBLINGS, SUGAR
from dlcli.config.text.tree import Node

ENTRY_LISTS = ("network", "layers", "shortcut")
"""Keys of lists of entries."""


class Place(NamedTuple):
    """An entry in its list."""

    node: Node
    siblings: list[Node]
    path: str


def kind_of(node: Node) -> str | None:
    """The kind that an entry names, valid or not."""
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, dict):
        return next((key for key in node.value if key not in SIBLINGS), None)
    return None


def entries(network: Node, path: str = "network") -> Iterator[Place]:
    """Every entry in the order of the file; those inside `repeat` and `residual` come after the entry that holds
    them."""
    if not isinstance(network.value, list):
        return
    for i, node in enumerate(network.value):
        yield Place(node, network.value, f"{path}.{i}")
        kind = kind_of(node)
        inner = node.value[kind] if isinstance(node.value, dict) and kind in SUGAR else None
        if inner is not None and isinstance(inner.value, dict):
            for part in ("layers", "shortcut"):
                if part in inner.value:
                    yield from entries(inner.value[part], f"{path}.{i}.{kind}.{part}")


def named(network: Node) -> dict[str, Place]:
    """Every entry by its name. Of two with the same name, the first."""
    places = list(entries(network))
    given = {name for place in places if (name := given_name(place.node))}
    counts, found, automatic = Counter(), {}, set()
    for place in places:
        kind, name = kind_of(place.node) or "entry", given_name(place.node)
        counts[kind] += 1
        if not name:
            number = counts[kind]
            while (name := f"{kind}{number}") in given or name in automatic:
                number += 1
            automatic.add(name)
        found.setdefault(name, place)
    return found


def given_name(node: Node) -> str | None:
    """The name that an entry gives itself, if it is one."""
    name = node.value["name"].value if isinstance(node.value, dict) and "name" in node.value else None
    return name if isinstance(name, str) and re.fullmatch(ENTRY_NAME, name) else None
