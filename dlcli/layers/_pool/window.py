"""Where the windows of a pooling layer lie along an axis."""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from annotated_types import Ge, Gt, MaxLen, MinLen

from dlcli.engine import expect
from dlcli.engine.spec import Spec

Count = Annotated[int, Gt(0)]
Amount = Annotated[int, Ge(0)]
Pair = Count | Annotated[list[Count], MinLen(2), MaxLen(2)]
Padding1d = Literal["valid", "same"] | Amount
Padding2d = Literal["valid", "same"] | Amount | Annotated[list[Amount], MinLen(2), MaxLen(2)]


class Axis(NamedTuple):
    """Windows of `size` places, `stride` apart, over `length` places with `before` padded ones ahead of them; `out` windows in all."""

    length: int
    size: int
    stride: int
    before: int
    after: int
    out: int

    @property
    def overlaps(self) -> bool:
        return self.size > self.stride


ALONE = Axis(1, 1, 1, 0, 0, 1)
"""An axis of one place: it makes a sequence a picture of height 1."""


def axis(name: str, length: int, size: int, stride: int, padding) -> Axis:
    """ValueError where a window does not fit, or could lie in the padding alone."""
    if padding == "same":               # as Keras: as many windows as strides begin, the odd place of padding at the end
        out = -(-length // stride)
        missing = max((out - 1) * stride + size - length, 0)
        return Axis(length, size, stride, missing // 2, missing - missing // 2, out)
    pad = 0 if padding == "valid" else padding
    if pad >= size:
        raise ValueError(f"needs a padding below the window of {size}, got {pad}")
    if length + 2 * pad < size:
        raise ValueError(f"has a window of {size}, larger than the {name} of {length + 2 * pad} with padding")
    return Axis(length, size, stride, pad, pad, (length + 2 * pad - size) // stride + 1)


def sequence(x: Spec) -> None:
    expect.numbers(x)
    if len(x) != 2:
        raise ValueError(f"needs (steps, channels){_hint(x, 2)}")


def picture(x: Spec) -> None:
    expect.numbers(x)
    if len(x) != 3:
        raise ValueError(f"needs (height, width, channels){_hint(x, 3)}")
    if x.lengths:
        raise ValueError("needs pictures of one size, but the rows here differ in length")


def _hint(x: Spec, wanted: int) -> str:
    shape = ", ".join(map(str, (*x, 1)))
    return f"; put `reshape: {{shape: [{shape}]}}` before it" if len(x) == wanted - 1 else ""


def axis_1d(x: Spec, size, stride, padding) -> Axis:
    sequence(x)
    return axis("length", x[0], size, stride or size, padding)


def steps(x: Spec, a: Axis) -> Spec:
    """What a sequence becomes."""
    return Spec((a.out, x[-1]), lengths="own" if x.lengths else False)


def shorter(layer) -> None:
    """Each row's number of windows: as many as it would give alone, and at least one."""
    if layer.lengths is not None:
        a, y = layer.axis, layer.y_lengths
        np.add(layer.lengths, a.before + a.after - a.size, y)
        np.floor_divide(y, a.stride, y)
        np.add(y, 1, y)
        np.clip(y, 1, a.out, out=y)


def axes_2d(x: Spec, size, stride, padding) -> tuple[Axis, Axis]:
    picture(x)
    sizes, strides, paddings = (value if isinstance(value, (list, tuple)) else (value, value) for value in (size, stride or size, padding))
    return tuple(axis(*each) for each in zip(("height", "width"), x, sizes, strides, paddings))
