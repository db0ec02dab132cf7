"""The base of everything a config can name: one keyword-only dataclass is the whole definition.

A component's fields *are* its config options: their types and `annotated_types` limits are the validation, and the
string under each field is its documentation. Neither pydantic nor YAML is imported here; `config/validate.py` reads the
same classes for validation, for the JSON Schema and for `dlcli explain`.
"""

from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple, dataclass_transform


class Family(NamedTuple):
    """Marks an option that holds another component: `init: Annotated[object, Family("initializers")] = "glorot"`.

    The value a user writes follows the one grammar of components, `kind` or `kind: {options}`; a default is written in
    the same way and becomes a component when it is used (`registry.create`).
    """

    name: str
    many: bool = False
    """True: a list of components."""


@dataclass_transform(kw_only_default=True, eq_default=False)
class Component:
    """Base of every configurable class. A direct subclass is a family, or a section of the config; the rest are
    members."""

    family: ClassVar[str] = ""
    """Folder under `dlcli/` that holds the members, such as `layers`."""
    kind: ClassVar[str] = ""
    """Name in a config, which is the name of the member's file."""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.kind = cls.__module__.rpartition(".")[2]
        dataclass(kw_only=True, eq=False, repr=False)(cls)

    def __repr__(self) -> str:
        options = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{type(self).__name__}({options})"
