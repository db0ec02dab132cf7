"""The JSON Schema of a config, for editors (the YAML language server), from the same classes that validate.

A schema says what JSON Schema can say: keys, kinds, types, limits. References between entries and shapes are left to
`check`.
"""

from dlcli.config.explain import default_of, kinds
from dlcli.config.network.entries import MAX_ENTRIES
from dlcli.config.schema.fields import Field, docs, fields, summary
from dlcli.config.schema.sections import SIBLINGS, SUGAR, Entry, Root
from dlcli.engine import registry
from dlcli.engine.component import Component, Family


def json_schema() -> dict:
    """The schema of draft 2020-12, with every family under `$defs`."""
    definitions = {family: _components(family) for family in registry.FAMILIES if family != "layers"}
    definitions["layers"] = _entry()
    for family in registry.FAMILIES:
        for kind in kinds(family):
            definitions[f"{family}.{kind}"] = _options(_class(family, kind))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dlcli config",
        **_options(Root),
        "$defs": definitions,
    }


def _class(family: str, kind: str) -> type[Component]:
    return SUGAR[kind] if family == "layers" and kind in SUGAR else registry.find(family, kind)


def _ref(name: str) -> dict:
    return {"$ref": f"#/$defs/{name}"}


def _options(cls: type[Component]) -> dict:
    """The mapping of a class's options."""
    known, texts = fields(cls), docs(cls)
    required = [field.name for field in known.values() if field.required]
    return {"type": "object", "description": summary(cls), "additionalProperties": False,
            "properties": {field.name: _option(field, texts.get(field.name)) for field in known.values()},
            **({"required": required} if required else {})}


def _option(field: Field, text: str | None) -> dict:
    schema = _value(field)
    if field.nullable and (field.family or field.section or field.named):
        schema = {"anyOf": [schema, {"type": "null"}]}
    elif field.section and not any(inner.required for inner in fields(field.section).values()):
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema | ({"description": text} if text else {}) | ({} if field.required else {"default": default_of(field)})


def _value(field: Field) -> dict:
    if field.family:
        return _family(field.family)
    if field.section:
        return _options(field.section)
    if field.named:
        return {"type": "object", "additionalProperties": _options(field.named)}
    if field.entries:
        return {"type": "array", "items": _ref("layers"), "minItems": int(field.required), "maxItems": MAX_ENTRIES}
    from pydantic import TypeAdapter
    return without_titles(TypeAdapter(field.annotation).json_schema())


def _family(family: Family) -> dict:
    one = _ref(family.name)
    return {"anyOf": [one, {"type": "array", "items": one}]} if family.many else one


def _bare(family: str) -> dict:
    """Kinds that can stand alone: those without required options."""
    return {
        "enum": [
            kind for kind in kinds(family) if not any(field.required for field in fields(_class(family, kind)).values())
        ]
    }


def _kinds(family: str) -> dict:
    """Each kind as a key; with nothing behind it if nothing is required."""
    bare = _bare(family)["enum"]
    options = {kind: _ref(f"{family}.{kind}") for kind in kinds(family)}
    return {kind: {"anyOf": [ref, {"type": "null"}]} if kind in bare else ref for kind, ref in options.items()}


def _components(family: str) -> dict:
    mapping = {
        "type": "object",
        "properties": _kinds(family),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [_bare(family), mapping]}


def _entry() -> dict:
    """A network entry: one kind, and its siblings."""
    beside, texts = fields(Entry), docs(Entry)
    siblings = {key: _option(beside[name], texts.get(name)) for key, name in SIBLINGS.items()}
    mapping = {"type": "object", "properties": _kinds("layers") | siblings, "additionalProperties": False,
               "oneOf": [{"required": [kind]} for kind in kinds("layers")]}
    return {"anyOf": [_bare("layers"), mapping]}


def without_titles(schema):
    """A schema without pydantic's generated titles."""
    if isinstance(schema, dict):
        return {
            key: without_titles(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)
        }
    return [without_titles(item) for item in schema] if isinstance(schema, list) else schema
