"""Numbers as they are written, and the one name that equal numbers have if they are classes."""

import re
from decimal import Decimal, InvalidOperation
from math import isfinite

import numpy as np

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PADDED = re.compile(r"[+-]?0[0-9]")


def is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def number_name(value) -> str:
    """A number as the name of a class: a whole one without a point, others with the digits their float type needs."""
    return str(int(value)) if isinstance(value, float | np.floating) and value.is_integer() else str(value)


def exact_name(text: str) -> str | None:
    """The name of a written number: 1 for 1, 1.0, +1 and 1e0, and a fraction as float64 writes it. None for what must
    keep its text: words, codes such as 007 and 1.10, and identifiers of more digits than float64 holds."""
    if not is_number(text) or _PADDED.match(text) or not isfinite(value := float(text)):
        return None
    name = number_name(value)
    try:
        return name if name == text or value.is_integer() and int(name) == Decimal(text) else None
    except InvalidOperation:        # exponents of 19 digits and more
        return None
