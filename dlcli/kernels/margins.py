"""Places at the borders of a picture or a sequence: what `pad` adds and `crop` takes away."""

from typing import Annotated

from annotated_types import MaxLen, MinLen

from dlcli.engine import expect
from dlcli.engine.spec import Spec
from dlcli.kernels.windows import Amount, Count

Margins = Amount | Annotated[list[Amount | Annotated[list[Amount], MinLen(2), MaxLen(2)]], MinLen(1)]
Size = Count | Annotated[list[Count], MinLen(1)]


def spatial(x: Spec) -> tuple:
    """All axes but the last."""
    expect.channels(x)
    if len(x) < 2:
        raise ValueError(f"needs an axis besides the channels, got {tuple(x)}")
    return tuple(x[:-1])


def per_axis(value, x: Spec) -> list:
    """One value per axis, from a number for all of them or a list."""
    axes = spatial(x)
    if not isinstance(value, (list, tuple)):
        return [value] * len(axes)
    if len(value) != len(axes):
        raise ValueError(f"takes one value for each axis besides the channels, that is {len(axes)}, got {len(value)}")
    return list(value)


def pairs(margins, x: Spec) -> list[tuple[int, int]]:
    """(before, after) of each axis but the last. ValueError if the padded axis of a sequence would change."""
    both = [tuple(m) if isinstance(m, (list, tuple)) else (m, m) for m in per_axis(margins, x)]
    if x.lengths and any(both[0]):
        raise ValueError("cannot change the padded axis, since its rows differ in length")
    return both


def inner(margins, shape) -> tuple[slice, ...]:
    """The index of what lies between the margins, the batch axis included."""
    return (slice(None), *(slice(before, n - after) for (before, after), n in zip(margins, shape)))
