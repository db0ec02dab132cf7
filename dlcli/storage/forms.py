"""What JSON values from a file must be: a form for each, put together as the values are, and one error that names the
field.

    POINT = record(name=text, at=each(number, 2, 2), note=maybe(text))
    check(POINT, value)         # FormError: at.1: 'x'; expected a number
"""

from collections.abc import Callable
from math import inf

Form = Callable[[object, str], None]
WHOLE = (1 << 53) - 1
"""The largest whole number that every JSON reader keeps exactly."""


class FormError(ValueError):
    """A value, or a part of one, that is not as it must be. path: the part, such as `columns.0.name`, or ""."""

    def __init__(self, path: str, problem: str):
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path, self.problem = path, problem


def check(form: Form, value) -> None:
    """FormError if the value is not of the form."""
    form(value, "")


def refuse(path: str, value, expected: str):
    """Raise FormError: what stands there, cut short, and what was expected."""
    if isinstance(value, dict | list):
        shown = "an object" if isinstance(value, dict) else f"a list of {len(value):,}"
    else:
        shown = repr(value)
    raise FormError(path, f"{shown if len(shown) <= 60 else shown[:57] + '...'}; expected {expected}")


def same(path: str, value, expected) -> None:
    """FormError if a value is not what the rest of the state says it must be."""
    if value != expected:
        refuse(path, value, f"{str(expected)[:60]}, as the rest of the state has it")


def text(value, path: str) -> None:
    if not isinstance(value, str):
        refuse(path, value, "text")


def boolean(value, path: str) -> None:
    if not isinstance(value, bool):
        refuse(path, value, "true or false")


def number(value, path: str) -> None:
    if type(value) not in (int, float) or not (-inf < value < inf if type(value) is float else abs(value) <= WHOLE):
        refuse(path, value, "a number")


def whole(value, path: str, least: int = 0) -> None:
    if type(value) is not int or not least <= value <= WHOLE:
        refuse(path, value, f"a whole number from {least}")


def positive(value, path: str) -> None:
    whole(value, path, 1)


def sha256(value, path: str) -> None:
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        refuse(path, value, "the 64 hexadecimal digits of a sha256")


def anything(value, path: str) -> None:
    pass


def nothing(value, path: str) -> None:
    if value is not None:
        refuse(path, value, "null")


def no(value, path: str) -> None:
    if value is not False:
        refuse(path, value, "false")


def one_of(*choices: str) -> Form:
    def form(value, path: str) -> None:
        if value not in choices:
            refuse(path, value, "one of " + ", ".join(choices))
    return form


def maybe(inner: Form) -> Form:
    """The form, or null."""
    def form(value, path: str) -> None:
        if value is not None:
            inner(value, path)
    return form


def each(inner: Form, least: int = 0, most: int | None = None) -> Form:
    """A list of so many values of a form."""
    def form(value, path: str) -> None:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            size = f"{least} or more" if most is None else f"{least}" if least == most else f"{least} to {most}"
            refuse(path, value, f"a list of {size} values")
        for i, item in enumerate(value):
            inner(item, _below(path, i))
    return form


def table(inner: Form) -> Form:
    """An object whose values all are of a form, whatever their names."""
    def form(value, path: str) -> None:
        if not isinstance(value, dict):
            refuse(path, value, "an object")
        for name, item in value.items():
            inner(item, _below(path, name))
    return form


def record(optional: dict[str, Form] | None = None, /, **required: Form) -> Form:
    """An object with these names. Names beside them are left alone: nothing reads them."""
    def form(value, path: str) -> None:
        if not isinstance(value, dict):
            refuse(path, value, "an object")
        for name, inner in required.items():
            if name not in value:
                raise FormError(_below(path, name), "is missing")
            inner(value[name], _below(path, name))
        for name, inner in (optional or {}).items():
            if name in value:
                inner(value[name], _below(path, name))
    return form


def _below(path: str, name: object) -> str:
    name = str(name)
    name = name if len(name) <= 60 else name[:57] + "..."
    return f"{path}.{name}" if path else name
