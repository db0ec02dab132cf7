"""Where windows lie along the axes of a picture or a sequence: for convolutions and for pooling."""

from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge, Gt, MaxLen, MinLen

from dlcli.engine import expect
from dlcli.engine.spec import Spec

LONGEST = 1 << 24
"""Places that an axis may have."""
WIDEST = 1 << 18
"""Places that a window may have, and windows that a stride may step over: `build` works something out for each."""

Count = Annotated[int, Gt(0)]
Amount = Annotated[int, Ge(0)]
Pair = Count | Annotated[list[Count], MinLen(2), MaxLen(2)]
Amounts = Amount | Annotated[list[Amount], MinLen(2), MaxLen(2)]
Padding1d = Literal["valid", "same"] | Amount
Padding2d = Literal["valid", "same"] | Amounts


class Axis(NamedTuple):
    """Windows along one axis of `length` places: window t, tap u reads place t * stride + u * dilation - before.

    What lies beyond the ends is padding; `out` is the number of windows.
    """

    length: int
    kernel: int
    stride: int
    dilation: int
    before: int
    out: int

    @property
    def plain(self) -> bool:
        """One tap per place, so that nothing has to be gathered."""
        return self.kernel == self.stride == 1 and not self.before and self.out == self.length

    @property
    def padded(self) -> bool:
        """Whether a window reads beyond the ends."""
        return self.before > 0 or self.reach(self.out) > self.length + self.before

    def reach(self, windows: int) -> int:
        """Places that this many neighbouring windows read, gaps included."""
        return (windows - 1) * self.stride + (self.kernel - 1) * self.dilation + 1


ALONE = Axis(1, 1, 1, 1, 0, 1)
"""An axis of one place: it makes a sequence a picture of height 1."""


def axis(name: str, length: int, kernel: int, stride: int, dilation: int, padding, what: str = "kernel") -> Axis:
    """ValueError if `what`, the kernel or the window, does not fit."""
    span = (kernel - 1) * dilation + 1
    fits(name, max(stride, dilation, length + (2 * padding if isinstance(padding, int) else span)))
    if padding == "same":               # as Keras and PyTorch: an odd place of padding lies at the end
        out = -(-length // stride)
        return Axis(length, kernel, stride, dilation, max((out - 1) * stride + span - length, 0) // 2, out)
    pad = 0 if padding == "valid" else padding
    if length + 2 * pad < span:
        dilated = f" ({kernel} with dilation {dilation})" if span > kernel else ""
        padded = f" and {2 * pad} of padding" if pad else ""
        raise ValueError(f"its {what} spans {span} places{dilated}, more than the {name} of {length}{padded}; "
                         "use a smaller one, or `padding: same`")
    return Axis(length, kernel, stride, dilation, pad, (length + 2 * pad - span) // stride + 1)


def fits(name: str, places: int) -> int:
    """The places of an axis; ValueError if they are more than can be computed."""
    if places > LONGEST:
        raise ValueError(f"comes to {places:,} places along the {name}, and at most {LONGEST:,} are computed")
    return places


def small(h: Axis, w: Axis) -> None:
    """ValueError if a window, or a step from one to the next, is larger than can be computed."""
    if (taps := h.kernel * w.kernel) > WIDEST:
        raise ValueError(f"has a window of {taps:,} places, and at most {WIDEST:,} are computed; `global_avg_pool` and "
                         "`global_max_pool` look at all places")
    if (strides := min(h.stride, h.length) * min(w.stride, w.length)) > WIDEST:
        raise ValueError(f"steps over {strides:,} places at a time, and at most {WIDEST:,} are computed")


def pair(value) -> tuple:
    """One value for both axes, or one for each."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def sequence(x: Spec) -> None:
    """ValueError if x is no sequence (steps, channels)."""
    expect.numbers(x)
    if len(x) != 2:
        raise ValueError(f"needs (steps, channels){_hint(x, 2)}")


def picture(x: Spec) -> None:
    """ValueError if x is no picture (height, width, channels)."""
    expect.numbers(x)
    if len(x) != 3:
        raise ValueError(f"needs (height, width, channels){_hint(x, 3)}")
    if x.lengths:
        raise ValueError("needs pictures of one size, but the rows here differ in length")


def _hint(x: Spec, wanted: int) -> str:
    shape = ", ".join(map(str, (*x, 1)))
    return f"; put `reshape: {{shape: [{shape}]}}` before it" if len(x) == wanted - 1 else ""
