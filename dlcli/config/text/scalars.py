"""What an unquoted YAML scalar means: the core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3.2).

`1e-3` is a number; `no`, `on` and `12:30` are text. Stricter than the schema in what is a trap: a whole number with a
leading zero (octal in YAML 1.1, decimal in 1.2), infinity, not-a-number, and numbers that do not fit are refused.
"""

import re
from math import isfinite

WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None,
         "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INT = re.compile(r"[-+]?[0-9]+\Z")
BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
MAX_DIGITS = 400


class ScalarError(ValueError):
    """(problem, hint) for a scalar that no config may hold."""


def resolve(text: str):
    """None, bool, int, float or str. ScalarError(problem, hint) if the text is a trap."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if INT.match(text) or BASED.match(text):
        return _int(text)
    if FLOAT.match(text):
        if len(text) > MAX_DIGITS:
            raise ScalarError(f"a number of {len(text)} characters", "numbers are 64-bit floats, which hold 17 digits")
        value = float(text)
        if not isfinite(value):
            raise ScalarError(f"the number {text} is too large for a 64-bit float", "the largest is about 1.8e308")
        return value
    if NOT_FINITE.match(text):
        raise ScalarError(f"{text} is not a finite number", f'to mean the text, put it in quotes: "{text}"')
    return text


def _int(text: str) -> int:
    if BASED.match(text):
        digits, base = text[2:], {"o": 8, "x": 16}[text[1]]
    else:
        digits, base = text.lstrip("+-"), 10
        if len(digits) > 1 and digits[0] == "0":
            raise ScalarError("a whole number with a leading zero, which some YAML versions read as octal",
                              f"write {digits.lstrip('0')[:20] or '0'}, or put it in quotes to mean the text")
    if len(digits) <= 40:
        value = int(digits, base) * (-1 if text[0] == "-" else 1)
        if -2**63 <= value < 2**64:
            return value
    raise ScalarError(
        "a whole number that does not fit into 64 bits", "write a large number as a float (1e20), or put it in quotes"
    )
