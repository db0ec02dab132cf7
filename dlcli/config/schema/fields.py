"""The fields of a component or section, as the config sees them: which hold a component, a section, a network, or a
value.

Everything that walks the config (validation, overrides, JSON Schema, explain) walks these.
"""

import ast
import dataclasses
import inspect
import textwrap
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin, get_type_hints

from dlcli.engine.component import Component, Family


class Entries(NamedTuple):
    """Marks a field that holds a list of network entries."""


class Field(NamedTuple):
    """One option. At most one of `family`, `section`, `named` (sections by names of the user's) and `entries` is set;
    if none is, it holds a value by its annotation."""

    name: str
    annotation: object
    default: object
    nullable: bool
    family: Family | None = None
    section: type[Component] | None = None
    named: type[Component] | None = None
    entries: bool = False

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING


@cache
def fields(cls: type[Component]) -> dict[str, Field]:
    """Every option of a class by name, in the order of definition."""
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: _field(hints[field.name], field) for field in dataclasses.fields(cls)}


def _field(annotation, field: dataclasses.Field) -> Field:
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    members = union_members(annotation)
    nullable = NoneType in members or default is None
    members = [member for member in members if member is not NoneType]
    only = members[0] if len(members) == 1 else None
    marks = get_args(only)[1:] if get_origin(only) is Annotated else ()
    family = next((mark for mark in marks if isinstance(mark, Family)), None)
    entries = any(isinstance(mark, Entries) for mark in marks)
    section = only if _is_section(only) else None
    inner = get_args(only) if get_origin(only) is dict else (None, None)
    return Field(
        field.name, annotation, default, nullable, family, section, inner[1] if _is_section(inner[1]) else None, entries
    )


def _is_section(annotation) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Component)


def union_members(annotation) -> list:
    """The alternatives of a union, unions in unions included; of anything else, itself."""
    if get_origin(annotation) in (Union, UnionType):
        return [member for part in get_args(annotation) for member in union_members(part)]
    return [annotation]


@cache
def docs(cls: type) -> dict[str, str]:
    """The string under each field of a class and of the classes that it extends.

    Read from the source only if a person asks: it costs more than validating a whole config.
    """
    found = {}
    for base in reversed(cls.__mro__):
        if "__dataclass_fields__" not in vars(base):
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0].body
        except OSError:
            continue                # installed without its source: everything works, less is explained
        for statement, after in zip(body, body[1:], strict=False):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                found[statement.target.id] = " ".join(str(after.value.value).split())
    return found


def summary(cls: type) -> str:
    """The first paragraph of a class's docstring, on one line."""
    return " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split())
