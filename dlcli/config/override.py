"""Changes to a config from the command line, and from remedies: `key=value`, `~key`, `+network.after.<name>=entry`.

Paths have dots, indices count from 0, and a network entry goes by its name too. Changes are made in their order, but
names are those before the call (what is inserted gets the next free one), and a change never renames an entry that
stays: if an automatic name would shift, it is written out.
"""

import re
from typing import NamedTuple

from dlcli.config.network.names import Place, entries, given_name, named
from dlcli.config.paths import PathError, Spot, child, step
from dlcli.config.schema.fields import Entries, fields
from dlcli.config.schema.sections import Root, option_paths
from dlcli.config.text.problem import Problem
from dlcli.config.text.read import compose
from dlcli.config.text.tree import INVALID, MAX_DEPTH, Node, SourceText, Span
from dlcli.config.wording.suggest import nearest, suggestion
from dlcli.errors import ConfigErrors, UsageError
from dlcli.text import did_you_mean, quoted, shorten

MAX_CHARACTERS = 1 << 16


class Override(NamedTuple):
    """One change, taken apart. action: "set", "remove", "after" or "before"."""

    action: str
    steps: list[str]
    value: Node | None
    source: SourceText
    offset: int

    def span(self, index: int) -> Span:
        """Where the step of this index stands in the text."""
        before = sum(len(name) + 1 for name in self.steps[:index])
        return Span(self.source, 1, self.offset + before + 1, len(self.steps[index]))


def apply(tree: Node, overrides: list[str]) -> Node:
    """A changed copy of a tree. UsageError for what is no override; ConfigErrors for paths and values that do not
    fit."""
    problems = []
    tree = apply_all(tree, overrides, problems)
    if problems:
        raise ConfigErrors(problems)
    return tree


def apply_all(tree: Node, overrides: list[str], problems: list[Problem]) -> Node:
    """As `apply`, with what does not fit added to the problems."""
    if not overrides:
        return tree
    changes = [parse(text, problems, i) for i, text in enumerate(overrides)]
    seen = set()
    for change, text in zip(changes, overrides, strict=True):
        key = ".".join(change.steps)
        if change.action in ("set", "remove") and key in seen:
            raise UsageError(f"override {quoted(text, 60)}", f"'{key}' is set twice", "keep one of the two")
        seen.add(key if change.action in ("set", "remove") else None)
    tree = tree.copy()
    network = tree.value.get("network")
    names = named(network) if network is not None else {}
    kept = dict(names)
    for change in changes:
        if change.value is None and change.action != "remove":
            continue
        try:
            if change.action in ("after", "before"):
                _insert(tree, change, names)
                _pin(tree.value["network"], kept, names)
                _call(tree.value["network"], change.value, kept, names)
            else:
                _change(tree, change, names)
        except _Failed as failed:
            problems.append(Problem(change.span(failed.index), ".".join(change.steps[:failed.index + 1]), *failed.args))
    if network is not None and tree.value.get("network") is network:
        _pin(network, kept, names)
    return tree


def parse(text: str, problems: list[Problem], order: int = 0) -> Override:
    """One override, of which `order` come before it. UsageError if it is malformed; problems of its value are added
    to the list."""
    label = f"override {quoted(text, 60)}"
    if len(text) > MAX_CHARACTERS:
        raise UsageError(
            label,
            f"an override has at most {MAX_CHARACTERS:,} characters, got {len(text):,}",
            "write it into the config",
        )
    source = SourceText(label, re.split("\r\n|\r|\n", text), False, order)
    sign = text[:1] if text[:1] in "~+" else ""
    key, equals, value = text[len(sign):].partition("=")
    if sign == "~" and equals:
        raise UsageError(label, "'~' takes a key out, so no value follows", f"~{shorten(key)}")
    if sign != "~" and not equals:
        raise UsageError(
            label, "there is no '='", "write key=value, as in training.epochs=5, or ~key to go back to the default"
        )
    steps = key.split(".")
    if not all(name.strip() for name in steps) or any(c.isspace() for c in key):
        raise UsageError(label, "the key is empty" if not key.strip() else "a part of the key is empty or has spaces",
                         "parts are joined by single dots, as in training.epochs")
    if len(steps) > MAX_DEPTH:
        raise UsageError(label, f"a key has at most {MAX_DEPTH} parts, got {len(steps):,}")
    action = "remove" if sign == "~" else "set"
    if sign == "+":
        if steps[0] != "network" or len(steps) != 3 or steps[1] not in ("after", "before"):
            problems.append(Problem(Span(source, 1, 2, len(key)), "", "only network entries can be inserted",
                                    "write +network.after.<name>=entry or +network.before.<name>=entry"))
            return Override("after", steps, None, source, 1)
        action = steps[1]
    node, before = None, len(problems)
    if action != "remove":
        node = compose(value, source, problems, 1, len(sign) + len(key) + 2)
        if node is None and len(problems) == before:
            node = Node(None, Span(source, 1, 1, len(text)))        # nothing, or a comment alone
    return Override(action, steps, node, source, len(sign))


class _Failed(PathError):
    """A PathError of the step with this index."""

    def __init__(self, index: int, problem: str, hint: str | None = None):
        super().__init__(problem, hint)
        self.index = index


def _walk(tree: Node, change: Override, names: dict[str, Place], create: bool) -> Spot:
    """The spot of the last step; without `create` it must be there."""
    node, form, spot = tree, Root, None
    for i, name in enumerate(change.steps):
        if i:
            above, node, form = form, child(spot, create, change.span(i - 1)), spot.form
            if node is None:
                raise _absent(i - 1, change.steps, above)
            if node.value is INVALID:
                raise _Failed(i - 1, f"'{'.'.join(change.steps[:i])}' is not valid in the file")
        try:
            spot = step(node, form, name, ".".join(change.steps[:i]), names)
        except PathError as error:
            raise _Failed(i, *error.args) from None
    if not create and isinstance(spot.parent.value, dict) and spot.key not in spot.parent.value:
        raise _absent(len(change.steps) - 1, change.steps, form)
    return spot


def _absent(index: int, steps: list[str], form) -> _Failed:
    """The error for something to take out that is not there; `form` is what it would be a part of."""
    path = ".".join(steps[:index + 1])
    if not isinstance(form, type) or steps[index] in fields(form):
        return _Failed(index, f"'{path}' is not in the config, so it has its default already")
    before = path.removesuffix(steps[index])
    others = [other for other in option_paths() if other.endswith("." + path)]
    meant = nearest(steps[index], fields(form))
    known = before + meant if meant else next(iter(others), None)
    hint = did_you_mean(known) or suggestion(steps[index], fields(form), "options here")
    return _Failed(index, f"there is no option {quoted(path)}", hint)


def _change(tree: Node, change: Override, names: dict[str, Place]) -> None:
    last = len(change.steps) - 1
    spot = _walk(tree, change, names, change.action == "set")
    items, key = spot.parent.value, spot.key
    if change.action == "remove":
        del items[key]
    elif isinstance(key, int):
        _replace(items, key, change.value, names)
    else:
        change.value.key = change.span(last)
        items[key] = change.value
    if change.steps[0] == "network":
        _forget_detached(tree, names)


def _replace(items: list[Node], index: int, new: Node, names: dict[str, Place]) -> None:
    """Put another element into a list; a network entry hands on its name (`_pin` writes it out if the new one brings
    none)."""
    old, items[index] = items[index], new
    name = next((name for name, place in names.items() if place.node is old), None)
    if name:
        names[name] = names[name]._replace(node=new)


def _insert(tree: Node, change: Override, names: dict[str, Place]) -> None:
    network = tree.value.get("network")
    try:
        if network is None or not isinstance(network.value, list):
            raise PathError("the config has no list of layers", None)
        spot = step(network, Entries(), change.steps[2], "network", names)
    except PathError as error:
        raise _Failed(2, *error.args) from None
    items, index = spot.parent.value, spot.key + (change.action == "after")
    items.insert(index, change.value)
    if name := given_name(change.value):
        names.setdefault(name, Place(change.value, items, "network"))


def _call(network: Node, new: Node, kept: dict[str, Place], names: dict[str, Place]) -> None:
    """Let later changes find an inserted entry by the automatic name that it will have, and keep."""
    for name, place in named(network).items():
        if place.node is new and name not in names:
            names[name] = kept[name] = place


def _forget_detached(tree: Node, names: dict[str, Place]) -> None:
    """Take out the names of entries that a change threw away."""
    left = {id(place.node) for place in entries(tree.value["network"])} if "network" in tree.value else set()
    for name in [name for name, place in names.items() if id(place.node) not in left]:
        del names[name]


def _pin(network: Node, before: dict[str, Place], names: dict[str, Place]) -> None:
    """Write out the automatic names that the changes would otherwise move."""
    now = {id(place.node): name for name, place in named(network).items()}
    for name, place in names.items():
        if name in before and id(place.node) in now and now[id(place.node)] != name and given_name(place.node) is None:
            _name(place.node, name)


def _name(node: Node, name: str) -> None:
    if isinstance(node.value, str):
        node.value = {node.value: Node(None, node.span, node.span)}
    if isinstance(node.value, dict):
        node.value["name"] = Node(name, node.span, node.span, name)
