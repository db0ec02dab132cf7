"""Values against annotations: types are strict, and `annotated_types` limits hold.

The meaning is that of pydantic's strict mode for JSON, and the tests compare the two on every option there is. It is
written out because building pydantic's validators costs more than all the rest of reading a config, and because here a
wrong value comes with the exact annotation that it breaks, from which the message is made.
"""

from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MaxLen, MinLen, MultipleOf

from dlcli.config.schema.fields import union_members
from dlcli.config.schema.pattern import Pattern
from dlcli.config.text.tree import Node


class Wrong(NamedTuple):
    """A value, or a part of one, that does not fit. steps: keys and indices from the value to the part."""

    node: Node
    annotation: object
    steps: tuple[str, ...] = ()


def check(annotation, node: Node) -> tuple[object, list[Wrong]]:
    """The value in the annotation's form (whole numbers become floats where floats belong), and what is wrong with
    it."""
    alternatives = union_members(annotation)
    if len(alternatives) > 1:
        return _union(annotation, alternatives, node)
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        value, wrong = check(inner, node)
        if wrong:
            return None, wrong if wrong[0].steps else [Wrong(node, annotation)]
        return value, [] if all(_holds(mark, value) for mark in marks) else [Wrong(node, annotation)]
    origin, inner = get_origin(annotation) or annotation, get_args(annotation)
    value = node.value
    if origin is Literal:
        fits = any(value == choice and type(value) is type(choice) for choice in inner)
    elif origin is list and isinstance(value, list):
        return _elements((inner or (Any,)) * len(value), node)
    elif origin is tuple and isinstance(value, list):
        each = inner[:1] * len(value) if inner[1:] == (...,) else inner
        values, wrong = _elements(each, node) if len(each) == len(value) else ((), [Wrong(node, annotation)])
        return tuple(values), wrong
    elif origin is dict and isinstance(value, dict):
        return _mapping(inner or (str, Any), node)
    elif origin is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        value = float(value) if fits else value
    elif origin in (object, Any):
        value, fits = node.plain(), True
    elif origin in (int, str, bool, NoneType, list, tuple, dict):
        fits = type(value) is origin
    else:
        raise TypeError(f"an option cannot be {annotation}")
    return (value, []) if fits else (None, [Wrong(node, annotation)])


def _union(annotation, alternatives: list, node: Node) -> tuple[object, list[Wrong]]:
    closest = None
    # a whole number stays one where it may
    for alternative in sorted(alternatives, key=lambda part: part is float):
        value, wrong = check(alternative, node)
        if not wrong:
            return value, []
        if wrong[0].steps:
            closest = wrong             # the container fits: what is wrong in it says more than the union
    return None, closest or [Wrong(node, annotation)]


def _elements(annotations: tuple, node: Node) -> tuple[list, list[Wrong]]:
    values, wrong = [], []
    for i, (annotation, item) in enumerate(zip(annotations, node.value, strict=True)):
        value, below = check(annotation, item)
        values.append(value)
        wrong += [part._replace(steps=(str(i), *part.steps)) for part in below]
    return values, wrong


def _mapping(annotations: tuple, node: Node) -> tuple[dict, list[Wrong]]:
    values, wrong = {}, []
    for key, item in node.value.items():
        name = Node(key, item.key or item.span, None, key)
        _, below = check(annotations[0], name)
        wrong += [part._replace(steps=(key,)) for part in below]
        values[key], below = check(annotations[1], item)
        wrong += [part._replace(steps=(key, *part.steps)) for part in below]
    return values, wrong


def _holds(mark, value) -> bool:
    if value is None:
        return True
    match mark:
        case Gt():
            return value > mark.gt
        case Ge():
            return value >= mark.ge
        case Lt():
            return value < mark.lt
        case Le():
            return value <= mark.le
        case MultipleOf():
            return value % mark.multiple_of == 0
        case Len():
            return mark.min_length <= len(value) and (mark.max_length is None or len(value) <= mark.max_length)
        case MinLen():
            return len(value) >= mark.min_length
        case MaxLen():
            return len(value) <= mark.max_length
        case Interval():
            return all(_holds(part, value) for part in mark)
        case Pattern():
            return mark.matches(value)
    return True
