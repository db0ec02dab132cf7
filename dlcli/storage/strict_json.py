"""JSON that another program may have written: refused if it is ambiguous, not finite, or made to exhaust memory."""

import json
from math import isfinite
from pathlib import PurePath

from dlcli.errors import RunError

MAX_BYTES = 16 << 20
MAX_DEPTH = 200
"""Objects and lists within each other. Whoever walks a value can do it by recursion."""
MAX_CONTAINERS = 500_000
"""Objects and lists in one text. Each takes some 70 bytes for the 3 that it may be written in, so they are counted
before."""


def parse(data: bytes, where: str, limit: int = MAX_BYTES):
    """The value of one JSON text.

    RunError names `where` and the byte, or the line and column. Refused are: what is not UTF-8 or not JSON, a name
    twice in one object, NaN or a number beyond float64 (a whole one too), half a surrogate pair; and what is nested too
    deeply, too long, or of too many parts.
    """
    if len(data) > limit:
        raise RunError(where, f"{len(data):,} bytes of JSON; at most {limit:,} are read")
    if (containers := data.count(b"{") + data.count(b"[")) > MAX_CONTAINERS:
        raise RunError(where, f"{containers:,} objects and lists in one JSON text; at most {MAX_CONTAINERS:,} are read")
    try:
        value = _DECODER.decode(data.decode())
        if b"\\ud" in data or b"\\uD" in data:
            json.dumps(value, ensure_ascii=False).encode()
        if containers > MAX_DEPTH:
            _check_depth(value)
    except RecursionError:
        raise RunError(where, "JSON that is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise RunError(f"{where}: byte {error.start}", "not UTF-8") from None
    except json.JSONDecodeError as error:
        raise RunError(f"{where}:{error.lineno}:{error.colno}", f"not JSON: {error.msg}") from None
    except UnicodeEncodeError:
        raise RunError(where, "half of a surrogate pair, which is no character") from None
    except ValueError as error:
        raise RunError(where, str(error)) from None
    return value


def dump(value, null: bool = False, indent: int | None = None) -> bytes:
    """One JSON text without a newline. NumPy numbers and arrays become numbers and lists, paths become text.

    A number that is not finite has no JSON form: with `null` it is written as null, else it raises ValueError.
    """
    commas = (",", ":") if indent is None else None
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, indent=indent, separators=commas, default=_plain)
    except ValueError:
        if not null:
            raise
        text = json.dumps(_finite(value), allow_nan=False, ensure_ascii=False, indent=indent, separators=commas)
    return text.encode("utf-8", "replace")      # file names need not be Unicode


def as_read(value, default=None):
    """The value as whoever reads its JSON text gets it: lists for tuples, text for the keys of objects. default: as of
    `json.dumps`."""
    return json.loads(json.dumps(value, default=default))


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _finite(value):
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else _finite(_plain(value))


def _unique(pairs: list) -> dict:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise ValueError(f"the name {twice[:80]!r} stands twice in one object")
    return value


def _check_depth(value) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        parts = [outer.values() if isinstance(outer, dict) else outer for outer in level]
        level = [item for part in parts for item in part if isinstance(item, dict | list)]
        if not level:
            return
    raise RecursionError


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:40]} is beyond the range of float64")
    return value


def _whole(text: str) -> int:
    if len(text) > 300:
        _number(text)
    return int(text)


def _constant(text: str):
    raise ValueError(f"{text} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_int=_whole, parse_constant=_constant)
