"""Types and values in plain words: what an option expects, and what it got."""

import re
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MaxLen, MinLen, MultipleOf

from dlcli.config.schema.fields import union_members
from dlcli.config.schema.pattern import Pattern
from dlcli.config.text.scalars import ScalarError, resolve
from dlcli.config.text.tree import Node
from dlcli.text import flow, listed, quoted, shorten

NOUNS = {int: ("a whole number", "whole numbers"), float: ("a number", "numbers"), str: ("text", "texts"),
         NoneType: ("null", "nulls"), object: ("a value", "values"), Any: ("a value", "values")}


def expected(annotation, many: bool = False) -> str:
    """`a whole number above 0`, `'mean' or 'sum'`, `a list of 2 whole numbers`; `many`: as a plural noun."""
    alternatives = [part for part in union_members(annotation) if part is not NoneType]
    nullable = len(alternatives) < len(union_members(annotation))
    parts = [words for part in alternatives for words in _one(part, many)]
    return listed([*dict.fromkeys(parts), *(["null"] if nullable else [])], "or")


def _one(annotation, many: bool) -> list[str]:
    """The alternatives that an annotation without a union stands for."""
    marks = ()
    if get_origin(annotation) is Annotated:
        annotation, *marks = get_args(annotation)
        if len(union_members(annotation)) > 1:
            return [expected(annotation, many)]
    origin, inner = get_origin(annotation), get_args(annotation)
    pattern = next((mark for mark in marks if isinstance(mark, Pattern)), None)
    if pattern:
        return [pattern.plural if many else pattern.words]
    if origin is Literal:
        return [repr(choice) if isinstance(choice, str) else constant(choice) for choice in inner]
    if annotation is bool:
        return ["true", "false"]
    if annotation in (list, tuple) or origin in (list, tuple):
        return [("lists" if many else "a list") + _elements(origin, inner, _sizes(marks))]
    if annotation is dict or origin is dict:
        names = expected(inner[0]) if inner and get_origin(inner[0]) is Literal else "names"
        items = f" from {names} to {expected(inner[1], many=True)}" if inner else ""
        return [("mappings" if many else "a mapping") + items]
    return [NOUNS.get(annotation, ("a mapping of options", "mappings of options"))[many] + _limits(marks)]


def _elements(origin, inner, sizes: str) -> str:
    if not inner or inner == ((),):
        return sizes and f" of {sizes}values"
    if origin is list or inner[-1] is Ellipsis:
        return f" of {sizes}{expected(inner[0], many=True)}"
    if len(set(inner)) == 1:
        return f" of {len(inner)} {expected(inner[0], many=True)}"
    return f" of {len(inner)} values ({'; '.join(expected(part) for part in inner)})"


def _sizes(marks) -> str:
    low = max((m.min_length for m in marks if isinstance(m, (MinLen, Len))), default=0)
    high = min((m.max_length for m in marks if isinstance(m, (MaxLen, Len)) and m.max_length is not None), default=None)
    if low and high is not None:
        return f"{low} " if low == high else f"{low} to {high} "
    return "one or more " if low == 1 else f"at least {low} " if low else f"at most {high} " if high is not None else ""


def _limits(marks) -> str:
    bound = {}
    for mark in marks:
        for part in mark if isinstance(mark, Interval) else (mark,):
            bound[type(part)] = part
    low = (
        f"above {number(bound[Gt].gt)}" if Gt in bound else f"of at least {number(bound[Ge].ge)}" if Ge in bound else ""
    )
    high = f"below {number(bound[Lt].lt)}" if Lt in bound else f"at most {number(bound[Le].le)}" if Le in bound else ""
    if Ge in bound and Gt not in bound and high:
        low = f"from {number(bound[Ge].ge)}"
        high = f"to {number(bound[Le].le)}" if Le in bound and Lt not in bound else f"to {high}"
        text = f" {low} {high}"
    else:
        text = "".join(f" {part}" for part in (low, "and" if low and high else "", high) if part)
    if MultipleOf in bound:
        text += f" that is a multiple of {number(bound[MultipleOf].multiple_of)}"
    sizes = _sizes(marks)
    return text + (f" of {sizes}character{'' if sizes == '1 ' else 's'}" if sizes else "")


def number(value) -> str:
    """A limit as a person writes it: 2**63 - 1 for the largest whole numbers, 1e-08 as 1e-8."""
    if value in (2**63 - 1, 2**64 - 1):
        return f"2^{(value + 1).bit_length() - 1} - 1"
    return f"{value:g}" if isinstance(value, float) else str(value)


def constant(value) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def got(node: Node) -> str:
    """`-3`, `text 'abc'`, `a list of 3`, `nothing`."""
    value = node.value
    if value is None:
        return "null" if node.written else "nothing"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, str):
        return f"text {quoted(value)}"
    return shorten(node.written) if node.written else constant(value)


def correction(annotation, node: Node, name: str = "") -> str | None:
    """A hint, if a value shows what was meant, such as one with quotes too many or too few, with `yes` for
    true, or with `1_000`. name: of the option, if the value is all of it."""
    kinds = {get_args(part)[0] if get_origin(part) is Annotated else part for part in union_members(annotation)}
    value, many = node.value, {list, tuple} & {get_origin(kind) or kind for kind in kinds}
    if isinstance(value, str):
        return _as_texts(kinds, node, name) if many else _corrected_text(kinds, node)
    if isinstance(value, (bool, int, float)) and str in kinds:
        return f'put it in quotes to mean the text: "{shorten(node.written or constant(value))}"'
    if isinstance(value, float) and int in kinds and value == int(value) and node.written:
        return f"write {int(value)}"
    if not isinstance(value, (list, dict)) and value is not None and many:
        return _as_list([shorten(node.written or constant(value))] * _least(annotation), name)
    return None


def _as_list(members: list[str], name: str) -> str:
    return f"write `{name}: [{', '.join(members)}]`" if name else f"write [{', '.join(members)}]"


def _as_texts(kinds: set, node: Node, name: str) -> str | None:
    """For `drop: a, b` where a list of texts belongs."""
    if not any(get_origin(kind) is list and str in union_members(get_args(kind)[0]) for kind in kinds):
        return _corrected_text(kinds, node)
    parts = [part.strip() for part in node.value.split(",")]
    return _as_list([shorten(flow(part)) for part in parts], name)


def _least(annotation) -> int:
    """How many members a list of this option has at least, and one at the least."""
    return max([1, *(mark.min_length for part in union_members(annotation) if get_origin(part) is Annotated
                     for mark in get_args(part)[1:] if hasattr(mark, "min_length"))])


def _corrected_text(kinds: set, node: Node) -> str | None:
    text = node.value.strip()
    if bool in kinds and text.lower() in ("yes", "on", "no", "off", "true", "false", "y", "n"):
        return f"write {'true' if text.lower() in ('yes', 'on', 'true', 'y') else 'false'}"
    if text.lower() in ("none", "nil", "off", "~", "null") and NoneType in kinds:
        return "write null"
    if kinds & {int, float}:
        number = text.removesuffix("%").replace("_", "").replace(" ", "")
        number = number.replace(",", "" if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", number) else ".")
        if text.endswith("%") and re.fullmatch(r"\d+(\.\d*)?", number):
            number = f"{float(number) / 100:g}"
        for meant in (text, number):
            try:
                if isinstance(resolve(meant or "~"), (int, float)) and not isinstance(resolve(meant), bool):
                    return f"take the quotes away: {meant}" if meant == text and node.quoted else f"write {meant}"
            except ScalarError:
                continue
    return None
