"""Validation: one walk over the tree beside the fields of the classes, which collects every problem at its place.

Components, sections and networks are walked here. A plain value is held against its annotation in `schema/values.py`,
and the sentence about a wrong one is made from the annotation in `wording/types.py`.
"""

from dlcli.config.network.entries import Entry, read_network
from dlcli.config.schema.fields import Field, docs, fields
from dlcli.config.schema.values import check
from dlcli.config.text.problem import Problem
from dlcli.config.text.tree import INVALID, Node, Span
from dlcli.config.wording import hints
from dlcli.config.wording.suggest import nearest, suggestion
from dlcli.config.wording.types import correction, expected, got
from dlcli.engine import registry
from dlcli.engine.component import Component, Family
from dlcli.text import quoted

BROKEN = INVALID
"""Result of a value whose problems are recorded."""


class Checker:
    """Validates trees; `problems` and `warnings` grow. networks: the entries of each list of layers, by its path;
    names: of entries, by the id of their node; complete: whether every entry of the network is valid."""

    def __init__(self, problems: list[Problem]):
        self.problems, self.warnings = problems, []
        self.networks: dict[str, list[Entry]] = {}
        self.names: dict[int, str] = {}
        self.complete = False

    def note(self, span: Span, path: str, problem: str, hint: str | None = None):
        self.problems.append(Problem(span, path, problem, hint))
        return BROKEN

    def value(self, field: Field, node: Node, path: str):
        """The value of one option in the form that its class takes, or BROKEN."""
        if node.value is INVALID:
            return BROKEN
        if node.value is None and field.nullable:
            return None
        if field.family:
            return (
                self.components(field.family, node, path)
                if field.family.many
                else self.component(field.family, node, path)
            )
        if field.section:
            return self.section(field.section, node, path)
        if field.named:
            return self.sections(field.named, node, path)
        if field.entries:
            return [] if node.value == [] and not field.required else read_network(self, node, path)
        return self.leaf(field.annotation, node, path)

    def components(self, family: Family, node: Node, path: str):
        """A list of components; a single one counts as a list of one."""
        if not isinstance(node.value, list):
            node = Node([node], node.span, node.key)
        specs = [self.component(family, item, f"{path}.{i}") for i, item in enumerate(node.value)]
        return BROKEN if BROKEN in specs else specs

    def component(self, family: Family, node: Node, path: str):
        """`kind`, `kind: {options}` or `kind:` with nothing, as {kind: {every option}}."""
        kinds = registry.kinds(family.name)
        if node.value is INVALID:
            return BROKEN
        if isinstance(node.value, str):
            kind, inner = node.value, Node(None, node.span)
        elif isinstance(node.value, dict) and len(node.value) == 1:
            kind, inner = next(iter(node.value.items()))
        elif isinstance(node.value, dict) and node.value:
            noun = hints.noun(family.name)
            problem = f"expected one of the {noun} as `kind: {{options}}`, got a mapping of {len(node.value)} keys"
            return self.note(
                node.place, path, problem, hints.foreign_form(kinds, node) or hints.misplaced(family, node)
            )
        else:
            noun = hints.noun(family.name)
            return self.note(
                node.place,
                path,
                f"expected one of the {noun} as `kind` or `kind: {{options}}`, got {got(node)}",
                suggestion("", kinds, noun),
            )
        if kind not in kinds:
            noun = hints.noun(family.name)
            known = hints.public_set(kind) if family.name == "data.sources" else None
            hint = (
                hints.foreign_form(kinds, node) or hints.as_list(family, node) or known or suggestion(kind, kinds, noun)
            )
            return self.note(inner.key or node.place, path, f"{quoted(kind)} is not one of the {noun}", hint)
        return self.options_of(registry.find(family.name, kind), kind, inner, f"{path}.{kind}", inner.key or node.span)

    def options_of(self, cls: type[Component], kind: str, node: Node, path: str, place: Span):
        """{kind: {every option}} from the node of the options. place: where the kind is named."""
        if node.value is INVALID:
            return BROKEN
        if node.value is not None and not isinstance(node.value, dict):
            problem = f"expected the options of {kind} as a mapping, got {got(node)}"
            return self.note(node.place, path, problem, hints.as_option(cls, kind, node))
        made = self.make(cls, node.value or {}, path, place, kind)
        return BROKEN if made is BROKEN else {kind: options(made)}

    def section(self, cls: type[Component], node: Node, path: str):
        """A section of the config as an object; nothing counts as an empty one."""
        if node.value is not None and not isinstance(node.value, dict):
            hint = hints.as_option(cls, path.rpartition(".")[2], node)
            return self.note(node.place, path, f"expected a mapping of options, got {got(node)}", hint)
        return self.make(cls, node.value or {}, path, node.key or node.span, path.rpartition(".")[2])

    def sections(self, cls: type[Component], node: Node, path: str):
        """Sections by names that the user chose, as a dict of objects."""
        if not isinstance(node.value, dict):
            problem = f"expected a mapping from names to options, got {got(node)}"
            return self.note(node.place, path, problem, f"options: {', '.join(fields(cls))}")
        made = {name: self.section(cls, item, f"{path}.{name}") for name, item in node.value.items()}
        return BROKEN if BROKEN in made.values() else made

    def make(self, cls: type[Component], given: dict[str, Node], path: str, place: Span, title: str):
        """An object of the class from its options' nodes, or BROKEN. place: where to say what is missing."""
        before, values, meant = len(self.problems), {}, set()
        for name, node in given.items():
            at = f"{path}.{name}" if path else name
            field = fields(cls).get(name)
            if field is None:
                self.note(node.key or node.span, at, *hints.unknown_option(cls, name, title))
                meant.add(nearest(name, fields(cls)))       # that it is missing too would be said of one slip twice
            else:
                values[name] = self.value(field, node, at)
        for field in fields(cls).values():
            if field.required and field.name not in given and field.name not in meant:
                words, text = hints.of_family(field) or expected(field.annotation), docs(cls).get(field.name)
                self.note(
                    place,
                    path,
                    f"{title} needs '{field.name}'",
                    f"{field.name}: {words}" + (f". {text}" if text else ""),
                )
        if len(self.problems) > before or BROKEN in values.values():
            return BROKEN
        try:
            return cls(**values)
        except ValueError as error:                         # what `__post_init__` says of the options together
            return self.note(place, path, str(error))

    def leaf(self, annotation, node: Node, path: str):
        """A value by its annotation alone; BROKEN if it does not fit."""
        if holds_invalid(node):
            return BROKEN
        value, wrong = check(annotation, node)
        for part, expects, steps in wrong:
            problem = f"expected {expected(expects)}, got {got(part)}"
            name = "" if steps else path.rpartition(".")[2]
            hint = correction(expects, part, name) or hints.choice(expects, part)
            self.note(part.place, ".".join([path, *steps]), problem, hint)
        return BROKEN if wrong else value


def options(component: Component) -> dict:
    """Every option of a component, with the components in it in full: what `registry.create` takes back. Sections are
    objects."""
    return {name: _full(field, getattr(component, name)) for name, field in fields(type(component)).items()}


def filled(family: str, spec) -> dict:
    """A default or stored component in full: {kind: {every option}}."""
    made = registry.create(family, spec)
    return {type(made).kind: options(made)}


def _full(field: Field, value):
    if value is None or not field.family:
        return value
    return (
        [filled(field.family.name, item) for item in value] if field.family.many else filled(field.family.name, value)
    )


def holds_invalid(node: Node) -> bool:
    """Whether a part of a value was already reported."""
    if isinstance(node.value, (list, dict)):
        return any(map(holds_invalid, node.value.values() if isinstance(node.value, dict) else node.value))
    return node.value is INVALID
