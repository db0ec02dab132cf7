"""JSON values with one part changed: of another type, extreme, or missing."""

import copy
from collections.abc import Iterator

ODD = [None, True, -1, 1e308, "x" * 300, [], {}, [[1]], {"a": None}, 1 << 52, "../../x", 10**300, 0.5, [None]]
EACH = 5
"""Values that each part is changed to, in turn, beside being taken out."""


def paths(value, path: tuple = ()) -> Iterator[tuple]:
    """Every part of a value but the whole; of a list its first two."""
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def at(value, path: tuple):
    """The part at a path."""
    for key in path:
        value = value[key]
    return value


def changed(value, path: tuple, *new):
    """A copy with another value at a path, or with none."""
    whole = copy.deepcopy(value)
    place = at(whole, path[:-1])
    if new:
        place[path[-1]] = new[0]
    else:
        del place[path[-1]]
    return whole


def variants(value) -> Iterator[tuple[str, object]]:
    """(what was done, changed copy)."""
    for i, path in enumerate(paths(value)):
        name = ".".join(map(str, path))
        yield f"{name} is missing", changed(value, path)
        for j in range(EACH):
            odd = ODD[(i * EACH + j) % len(ODD)]
            yield f"{name} is {str(odd)[:20]}", changed(value, path, odd)
