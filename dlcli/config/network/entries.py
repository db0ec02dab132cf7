"""The `network` list: from nodes to entries, checked one by one; `expand.py` turns them into the flat list that is
built."""

from dataclasses import dataclass, field

from dlcli.config.network.names import named
from dlcli.config.schema.fields import fields
from dlcli.config.schema.sections import SIBLINGS, SUGAR
from dlcli.config.schema.sections import Entry as EntryOptions
from dlcli.config.text.tree import INVALID, Node, Span
from dlcli.config.wording import hints
from dlcli.config.wording.suggest import suggestion
from dlcli.config.wording.types import got
from dlcli.engine import registry
from dlcli.text import quoted

MAX_ENTRIES = 2_000
"""Entries of a network, after `repeat` is written out."""
AS_LIST = "write each layer on a line of its own: `- relu`"


@dataclass
class Entry:
    """One entry as it is written. parts: for `repeat` and `residual`, the lists inside."""

    name: str
    kind: str
    options: dict
    inputs: list[Node] | None
    trainable: bool | None
    path: str
    span: Span
    parts: dict[str, list["Entry"]] = field(default_factory=dict)

    def value(self) -> dict:
        """The entry as `config.resolved.json` stores it."""
        beside = {
            "from": None if self.inputs is None else [node.value for node in self.inputs],
            "trainable": self.trainable,
        }
        return {self.kind: self.options, "name": self.name} | {
            key: value for key, value in beside.items() if value is not None
        }


def read_network(checker, node: Node, path: str):
    """The list as it is stored, or INVALID; its entries are left in `checker.networks[path]`."""
    if not isinstance(node.value, list):
        return checker.note(node.place, path, f"expected a list of layers, got {got(node)}", AS_LIST)
    if not node.value:
        return checker.note(node.place, path, "the list of layers is empty", AS_LIST)
    if len(node.value) > MAX_ENTRIES:
        return checker.note(
            node.place, path, f"{len(node.value):,} entries are more than the {MAX_ENTRIES:,} that a network may have"
        )
    if path == "network":
        checker.names = {id(place.node): name for name, place in named(node).items()}
    read = [_entry(checker, item, f"{path}.{i}") for i, item in enumerate(node.value)]
    checker.networks[path] = [entry for entry in read if entry]
    checker.complete = all(read)                # the outermost list is done last
    return [entry.value() for entry in read] if all(read) else INVALID


def _entry(checker, node: Node, path: str) -> Entry | None:
    if isinstance(node.value, str):
        kind, inner, beside = node.value, Node(None, node.span), {}
    elif isinstance(node.value, dict) and node.value:
        beside = {key: item for key, item in node.value.items() if key in SIBLINGS}
        kinds = [key for key in node.value if key not in SIBLINGS]
        if len(kinds) != 1:
            return _not_one_kind(checker, node, kinds, path)
        kind, inner = kinds[0], node.value[kinds[0]]
    elif node.value is INVALID:
        return None
    else:
        return checker.note(node.place, path, f"expected a layer, as `kind` or `kind: {{options}}`, got {got(node)}",
                            suggestion("", _kinds(), "layers")) and None
    place = inner.key or node.span
    options = _options(checker, kind, inner, node, path, place)
    name, inputs, trainable, valid = _siblings(checker, node, beside, path)
    if options is INVALID or not valid:
        return None
    parts = (
        {part: checker.networks.get(f"{path}.{kind}.{part}", []) for part in ("layers", "shortcut")}
        if kind in SUGAR
        else {}
    )
    return Entry(name, kind, options[kind], inputs, trainable, path, place, parts)


def _kinds() -> list[str]:
    return sorted([*registry.kinds("layers"), *SUGAR])


def _options(checker, kind: str, inner: Node, node: Node, path: str, place: Span):
    if kind in SUGAR:
        return checker.options_of(SUGAR[kind], kind, inner, f"{path}.{kind}", place)
    if kind not in registry.kinds("layers"):
        hint = hints.foreign_form(_kinds(), node) or suggestion(kind, _kinds(), "layers")
        return checker.note(place, path, f"{quoted(kind)} is not one of the layers", hint)
    return checker.options_of(registry.find("layers", kind), kind, inner, f"{path}.{kind}", place)


def _not_one_kind(checker, node: Node, kinds: list[str], path: str) -> None:
    known = [key for key in kinds if key in _kinds()]
    if not kinds:
        name = node.value["name"].value if "name" in node.value else None
        hint = f"write `{name}`" if name in _kinds() else "write the kind of the layer as a key: `linear: {units: 64}`"
        checker.note(node.place, path, "this entry names no layer", hint)
    elif len(known) > 1:
        second = known[1]
        checker.note(
            node.value[second].key,
            path,
            f"one entry, but several layers: {', '.join(known)}",
            f"begin a new entry: `- {second}`",
        )
    elif known:
        inside = SUGAR.get(known[0]) or registry.find("layers", known[0])
        for key in kinds:
            if key in fields(inside):
                checker.note(
                    node.value[key].key,
                    f"{path}.{key}",
                    f"'{key}' is an option of {known[0]}, but stands beside it",
                    f"indent it under {known[0]}, or write `{known[0]}: {{{key}: ...}}`",
                )
            elif key != known[0]:
                checker.note(node.value[key].key, f"{path}.{key}", f"an entry has no key {quoted(key)}",
                             suggestion(key, SIBLINGS, "keys beside the kind"))
    else:
        hint = hints.foreign_form(_kinds(), node) or suggestion(kinds[0], _kinds(), "layers")
        checker.note(node.value[kinds[0]].key, path, f"{quoted(kinds[0])} is not one of the layers", hint)


def _siblings(checker, node: Node, beside: dict[str, Node], path: str):
    """(name, from, trainable, whether all is well); if the entry does not say, None."""
    values = {}
    for key, item in beside.items():
        if item.value is not None:
            values[key] = checker.leaf(fields(EntryOptions)[SIBLINGS[key]].annotation, item, f"{path}.{key}")
    name = checker.names.get(id(node))
    if values.get("name", INVALID) is not INVALID:
        where = beside["name"].span, f"{path}.name"
        if values["name"] == "input":
            values["name"] = checker.note(
                *where, "the name 'input' is taken: it stands for the data", "choose another name"
            )
        elif name is None:
            twice = f"the name {quoted(values['name'])} is there twice"
            values["name"] = checker.note(*where, twice, "names are unique in the whole network")
    inputs = values.get("from")
    if inputs is not None and inputs is not INVALID:
        inputs = beside["from"].value if isinstance(inputs, list) else [beside["from"]]
    return name, inputs, values.get("trainable"), INVALID not in values.values()
