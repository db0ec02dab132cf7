"""Walking the tree by a path (`training.early_stop.patience`, `network.hidden.linear.units`), with the classes beside
it.

A step finds the container and the key or index where a value stands or would stand; it turns `relu` into `{relu: null}`
and makes missing sections if `create` asks for that. What is wrong with a step is a PathError; unknown keys are left
to validation, which knows the best hint.
"""

from typing import NamedTuple

from dlcli.config.network.names import Place, kind_of
from dlcli.config.schema.fields import Entries, Field, fields
from dlcli.config.schema.sections import SIBLINGS, SUGAR, Entry
from dlcli.config.text.tree import Node, Span
from dlcli.config.wording import hints
from dlcli.config.wording.suggest import MOST, nearest
from dlcli.config.wording.types import got
from dlcli.engine import registry
from dlcli.engine.component import Family
from dlcli.text import did_you_mean, first_of, quoted, shorten


class PathError(Exception):
    """(problem, hint) of one step."""


class OneEntry(NamedTuple):
    """What stands at a place: a network entry. The other forms are a class, a Family, Entries, Named, or None for a
    plain value."""


class Named(NamedTuple):
    """What stands at a place: sections of a class, by names of the user's."""

    section: type


class Spot(NamedTuple):
    """Where a step leads: `parent.value[key]`, whether it is there or not, and what stands there."""

    parent: Node
    key: str | int
    form: object


def step(node: Node, form, name: str, path: str, names: dict[str, Place]) -> Spot:
    """One step down from a node. names: the entries of the network by name; path: the way so far, for messages."""
    if isinstance(form, Entries):
        return _entry(node, name, path, names)
    if isinstance(form, OneEntry):
        return _in_entry(node, name, path)
    if isinstance(form, Family):
        return _component(node, form, name, path)
    if isinstance(node.value, list):
        return Spot(node, _index(node, name, path), None)
    if node.value is None:
        node.value = {}
    if not isinstance(node.value, dict):
        raise PathError(f"'{path}' is {got(node)}: it has no parts", f"write {path}=value")
    if isinstance(form, Named):
        return Spot(node, name, form.section)
    field = fields(form).get(name) if form else None
    return Spot(node, name, _form(field) if field else None)


def child(spot: Spot, create: bool = False, key: Span | None = None) -> Node | None:
    """What stands at a spot; if nothing stands, an empty node put there, or None."""
    value = spot.parent.value
    if isinstance(spot.key, int):
        return value[spot.key]
    if spot.key not in value and create:
        value[spot.key] = Node(None, key, key)
    return value.get(spot.key)


def _form(field: Field):
    return (
        field.family or field.section or (Named(field.named) if field.named else Entries() if field.entries else None)
    )


def _index(node: Node, name: str, path: str) -> int:
    count = len(node.value)
    if not name.isascii() or not name.isdigit() or len(name) > 9:
        raise PathError(
            f"'{path}' is a list: {quoted(name)} is not an index",
            f"write an index from 0 to {count - 1}" if count else None,
        )
    if int(name) >= count:
        raise PathError(
            f"'{path}' has {count} elements: there is no index {name}",
            f"indices go from 0 to {count - 1}" if count else None,
        )
    return int(name)


def _entry(node: Node, name: str, path: str, names: dict[str, Place]) -> Spot:
    if not isinstance(node.value, list):
        raise PathError(f"'{path}' is {got(node)}, not a list of layers", None)
    if name.isascii() and name.isdigit():
        return Spot(node, _index(node, name, path), OneEntry())
    place = names.get(name)
    if place is None:
        base, _, copy = name.rpartition("_")
        if base in names and copy.isdigit():
            raise PathError(
                f"no entry is called {quoted(name)}", f"a change counts for all copies of a repeat: network.{base}"
            )
        if name in ("after", "before"):
            raise PathError(f"'network.{name}' inserts, which is written with '+'", f"+network.{name}.<name>=entry")
        hint = did_you_mean(nearest(name, names)) or f"entries: {first_of(names, MOST)}"
        raise PathError(f"no entry is called {quoted(name)}", hint)
    index = next(i for i, item in enumerate(place.siblings) if item is place.node)
    return Spot(Node(place.siblings, node.span), index, OneEntry())


def _in_entry(node: Node, name: str, path: str) -> Spot:
    kind = kind_of(node)
    if isinstance(node.value, str):
        _open(node)
    if not isinstance(node.value, dict):
        raise PathError(f"'{path}' is {got(node)}, not a layer", None)
    if name in SIBLINGS:
        return Spot(node, name, _form(fields(Entry)[SIBLINGS[name]]))
    if kind is not None and name != kind:
        cls = SUGAR.get(kind) or (registry.find("layers", kind) if kind in registry.kinds("layers") else None)
        if cls and name in fields(cls):
            raise PathError(f"'{path}' has no key '{name}' beside its kind", f"{path}.{kind}.{name}")
        meant = nearest(name, [kind, *SIBLINGS])
        raise PathError(
            f"'{path}' is of kind {kind}: there is no {quoted(name)} in it",
            did_you_mean(f"{path}.{meant}") if meant else f"to change the layer, write {path}={shorten(name)}",
        )
    return Spot(
        node, name, SUGAR.get(name) or (registry.find("layers", name) if name in registry.kinds("layers") else None)
    )


def _component(node: Node, family: Family, name: str, path: str) -> Spot:
    kinds, noun = registry.kinds(family.name), hints.noun(family.name)
    if family.many and name.isdigit():
        if not isinstance(node.value, list):
            node.value = (
                []
                if node.value is None
                else [Node(node.value, node.span, None, node.written, node.quoted, node.inline)]
            )
        return Spot(node, _index(node, name, path), Family(family.name))
    if isinstance(node.value, list):
        raise PathError(
            f"'{path}' is a list: {quoted(name)} is not an index", f"write an index from 0 to {len(node.value) - 1}"
        )
    present = (
        node.value
        if isinstance(node.value, str)
        else next(iter(node.value), None)
        if isinstance(node.value, dict)
        else None
    )
    if isinstance(node.value, str):
        _open(node)
    if node.value is None:
        node.value = {}
    if not isinstance(node.value, dict):
        raise PathError(f"'{path}' is {got(node)}, not one of the {noun}", None)
    if present is not None and name != present:
        if present in kinds and name in fields(registry.find(family.name, present)):
            raise PathError(f"'{name}' is an option of {present}", f"write {path}.{present}.{name}")
        meant, other = nearest(name, [present]), shorten(name)
        hint = (
            did_you_mean(f"{path}.{meant}")
            if meant
            else f"to change it, write {path}={other} or '{path}={{{other}: {{...}}}}'"
        )
        raise PathError(f"'{path}' is {present}, not {other}", hint)
    return Spot(node, name, registry.find(family.name, name) if name in kinds else None)


def _open(node: Node) -> None:
    """`relu` to `{relu: null}`."""
    node.value, node.inline = {node.value: Node(None, node.span, node.span)}, True
