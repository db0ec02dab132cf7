"""Where the windows of a convolution lie."""

from math import gcd
from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge, Gt, MaxLen, MinLen

from dlcli.engine import expect
from dlcli.engine.spec import Spec

Count = Annotated[int, Gt(0)]
Amount = Annotated[int, Ge(0)]
Pair = Count | Annotated[list[Count], MinLen(2), MaxLen(2)]
Amounts = Amount | Annotated[list[Amount], MinLen(2), MaxLen(2)]
Padding1d = Literal["valid", "same"] | Amount
Padding2d = Literal["valid", "same"] | Amounts


class Axis(NamedTuple):
    """Windows along one axis of `length` places: window t, tap u reads place t * stride + u * dilation - before; beyond the ends are zeros.

    `out` is the number of windows.
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


class Phase(NamedTuple):
    """One of the `stride` interleaved parts of what the windows read: places start, start + stride, ...

    Its gradient is a convolution of dy with stride 1 along `axis`, whose taps are those of the forward pass at `taps`.
    """

    start: int
    taps: slice
    axis: Axis


def axis(name: str, length: int, kernel: int, stride: int, dilation: int, padding) -> Axis:
    """ValueError where the kernel does not fit."""
    span = (kernel - 1) * dilation + 1
    if padding == "same":               # as Keras and PyTorch: an odd place of padding lies at the end
        out = -(-length // stride)
        return Axis(length, kernel, stride, dilation, max((out - 1) * stride + span - length, 0) // 2, out)
    pad = 0 if padding == "valid" else padding
    if length + 2 * pad < span:
        spread = f" (with dilation {dilation})" if dilation > 1 and kernel > 1 else ""
        raise ValueError(f"has a kernel of {span}{spread}, larger than the {name} of {length + 2 * pad} with padding")
    return Axis(length, kernel, stride, dilation, pad, (length + 2 * pad - span) // stride + 1)


def transposed(name: str, length: int, kernel: int, stride: int, dilation: int, padding, extra: int) -> Axis:
    """The axis of the convolution that a transposed one turns around, whose windows are its `length` inputs. ValueError where none fits."""
    if extra and extra >= max(stride, dilation):
        raise ValueError(f"needs output_padding below the stride or the dilation, got {extra} with stride {stride}")
    if padding == "same":
        if extra:
            raise ValueError("knows its size with padding same; leave out output_padding, or give the padding as a number")
        return axis(name, length * stride, kernel, stride, dilation, "same")
    pad = 0 if padding == "valid" else padding
    out = (length - 1) * stride - 2 * pad + (kernel - 1) * dilation + 1 + extra
    if out < 1:
        raise ValueError(f"would cut off the whole {name}: padding {pad} leaves {out} places")
    return Axis(out, kernel, stride, dilation, pad, length)


def phases(a: Axis) -> list[Phase]:
    """Where the gradient of each place comes from. A phase that no window reads has an axis with kernel 0."""
    found = []
    for start in range(min(a.stride, a.length)):
        taps = [u for u in range(a.kernel) if (start + a.before - u * a.dilation) % a.stride == 0]
        count = -(-(a.length - start) // a.stride)
        if not taps:
            found.append(Phase(start, slice(0, 0), Axis(a.out, 0, 1, 1, 0, count)))
            continue
        step = a.stride // gcd(a.stride, a.dilation)
        before = (taps[-1] * a.dilation - start - a.before) // a.stride     # the last tap reads the earliest window
        stop = taps[0] - step
        turned = slice(taps[-1], stop if stop >= 0 else None, -step)
        found.append(Phase(start, turned, Axis(a.out, len(taps), 1, a.dilation * step // a.stride, before, count)))
    return found


def pair(value) -> tuple:
    """A number for both axes, or one for each."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def picture(x: Spec, groups: int, filters: int) -> int:
    """Channels of a picture (height, width, channels); ValueError where x is none or the groups do not divide."""
    expect.numbers(x)
    if len(x) != 3:
        raise ValueError("needs (height, width, channels)" + _hint(x, 3))
    if x.lengths:
        raise ValueError("would mix real and padded rows: it works on pictures of one size")
    return divided(x[-1], groups, filters)


def sequence(x: Spec, groups: int, filters: int) -> int:
    """The same of a sequence (steps, channels)."""
    expect.numbers(x)
    if len(x) != 2:
        raise ValueError("needs (steps, channels)" + _hint(x, 2))
    return divided(x[-1], groups, filters)


def divided(channels: int, groups: int, filters: int) -> int:
    if channels % groups or filters % groups:
        raise ValueError(f"cannot cut {channels} channels and {filters} filters into {groups} equal groups")
    return channels


def _hint(x: Spec, wanted: int) -> str:
    shape = ", ".join(map(str, (*x, 1)))
    return f"; put `reshape: {{shape: [{shape}]}}` before it" if len(x) == wanted - 1 else ""
