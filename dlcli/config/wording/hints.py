"""Hints for the mistakes that people make in configs: another tool's form, an option one level too high, a name of
elsewhere."""

from typing import Annotated, Literal, get_args, get_origin

from dlcli.config.schema.fields import Field, fields, union_members
from dlcli.config.schema.sections import SIBLINGS
from dlcli.config.text.tree import Node
from dlcli.config.wording.aliases import ACTIVATION, INPUT, INPUTS
from dlcli.config.wording.elsewhere import elsewhere
from dlcli.config.wording.suggest import SLIP, alike, nearest, same, suggestion
from dlcli.config.wording.types import constant, expected
from dlcli.engine import registry
from dlcli.engine.component import Component, Family
from dlcli.text import did_you_mean, first_of, quoted, shorten

KIND_KEYS = ("_target_", "type", "kind", "class", "class_name", "name", "fn")
CODE = "components are chosen by name alone, as `adam: {...}`: a config cannot name code to import"


def noun(family: str) -> str:
    """What messages call the members of a family, in the plural."""
    return {"data.sources": "data sources", "data.prepare": "preparation steps", "data.augment": "augmentations",
            "schedules": "learning-rate schedules"}.get(family, family)


def foreign_form(kinds, node: Node) -> str | None:
    """For `{type: adam, lr: 1}` and its like: the form that dlcli takes."""
    if not isinstance(node.value, dict):
        return None
    for key in KIND_KEYS:
        inner = node.value.get(key)
        if inner is not None and isinstance(inner.value, str):
            if key == "_target_":
                return CODE
            kind = nearest(inner.value, kinds)
            if kind:
                rest = ", ".join(f"{name}: ..." for name in node.value if name != key)
                return f"write `{kind}: {{{rest}}}`" if rest else f"write `{kind}`"
    return None


def public_set(kind: str) -> str | None:
    """For `source: mnist`: where its lines are to be had."""
    from dlcli.data.files.catalogue import SETS

    name = kind.lower().replace("-", "").replace("_", "")
    return f"`dlcli datasets get {name}` fetches it and prints the lines that read it" if name in SETS else None


def misplaced(family: Family, node: Node) -> str | None:
    """For a mapping of several keys where `kind: {options}` belongs: options beside their kind, several kinds, a
    slip."""
    kinds = [key for key in node.value if key in registry.kinds(family.name)]
    others = [key for key in node.value if key not in kinds]
    beside = [key for key in others if kinds and key in fields(registry.find(family.name, kinds[0]))]
    if beside:
        return f"indent {' and '.join(beside)} under {kinds[0]}, or write `{kinds[0]}: {{{beside[0]}: ...}}`"
    if others:
        return suggestion(others[0], registry.kinds(family.name), noun(family.name))
    return f"write a list: [{', '.join(kinds)}]" if family.many else f"choose one of {', '.join(kinds)}"


def as_list(family: Family, node: Node) -> str | None:
    """For `a, b` or `a b` where a list of kinds belongs."""
    parts = node.value.replace(",", " ").split() if isinstance(node.value, str) else []
    return (
        f"write a list: [{', '.join(parts)}]"
        if len(parts) > 1 and all(part in registry.kinds(family.name) for part in parts)
        else None
    )


def as_option(cls: type[Component], title: str, node: Node) -> str | None:
    """For `linear: 64`: the option that was probably meant."""
    options = [field for field in fields(cls).values() if field.required] or list(fields(cls).values())
    if not options:
        return f"{title} has no options: write `{title}`"
    if isinstance(node.value, list) or not title:
        return f"options: {', '.join(fields(cls))}"
    if node.value is True and "whole number" in expected(options[0].annotation):
        return f"write `{title}: {{{options[0].name}: 10}}`, or another number"
    return f"write `{title}: {{{options[0].name}: {shorten(node.written or constant(node.value))}}}`"


def unknown_option(cls: type[Component], name: str, title: str) -> tuple[str, str | None]:
    """Problem and hint for a key that a class does not have."""
    problem = (
        f"{title} has no option {quoted(name)}"
        if title != "the config"
        else f"the config has no section {quoted(name)}"
    )
    if name == "_target_":
        return problem, CODE
    if getattr(cls, "family", None) == "layers" and name in ("activation", *INPUTS):
        return problem, INPUT if name in INPUTS else ACTIVATION
    if getattr(cls, "family", None) in ("layers", "sugar") and (beside := same(name, SIBLINGS)):
        return problem, f"write it beside {title}, not under it: `{{{title}: {{...}}, {beside}: ...}}`"
    if not fields(cls):
        return problem, f"{title} takes no options"
    if name.partition(":")[0] in fields(cls):
        return problem, f"write `{shorten(name.replace(':', ': ', 1))}`, with a space after ':'"
    here = same(name, fields(cls)) or alike(name, fields(cls), SLIP)
    other = None if here else elsewhere(name)
    return problem, other or suggestion(name, fields(cls), "options" if title != "the config" else "sections")


def of_family(field: Field) -> str | None:
    """What an option that holds components expects."""
    if field.family:
        kinds = registry.kinds(field.family.name)
        which = "a list of" if field.family.many else "one of the"
        return f"{which} {noun(field.family.name)} ({first_of(kinds, 12)})"
    if field.named:
        return f"a mapping from names to options ({', '.join(fields(field.named))})"
    return "a list of layers" if field.entries else "a mapping of options" if field.section else None


def choice(annotation, node: Node) -> str | None:
    """The nearest of an option's choices."""
    choices = []
    for part in union_members(annotation):
        part = get_args(part)[0] if get_origin(part) is Annotated else part
        choices += (
            [option for option in get_args(part) if isinstance(option, str)] if get_origin(part) is Literal else []
        )
    return did_you_mean(nearest(node.value, choices)) if isinstance(node.value, str) and choices else None
