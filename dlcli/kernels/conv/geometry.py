"""What convolutions have beyond their windows: groups, the axis of a transposed one, where the gradient of a place
comes from."""

from math import gcd
from typing import NamedTuple

from dlcli.kernels.windows import Axis, axis


class Phase(NamedTuple):
    """One of the `stride` interleaved parts of what the windows read: places start, start + stride, ...

    Its gradient is a convolution of dy with stride 1 along `axis`, whose taps are those of the forward pass at `taps`.
    """

    start: int
    taps: slice
    axis: Axis


def transposed(name: str, length: int, kernel: int, stride: int, dilation: int, padding, extra: int) -> Axis:
    """The axis of the convolution that a transposed one turns around, whose windows are its `length` inputs. ValueError
    if none fits."""
    if extra and extra >= max(stride, dilation):
        raise ValueError(f"needs output_padding below the stride or the dilation, got {extra} with stride {stride}")
    if padding == "same":
        if extra:
            raise ValueError(
                "knows its size with padding same; leave out output_padding, or give the padding as a number"
            )
        return axis(name, length * stride, kernel, stride, dilation, "same")
    pad = 0 if padding == "valid" else padding
    full = (length - 1) * stride + (kernel - 1) * dilation + 1 + extra
    if full <= 2 * pad:
        raise ValueError(
            f"its padding cuts {pad} places off both ends of the {name}, which has only {full}; use at most "
            f"{(full - 1) // 2}"
        )
    return Axis(full - 2 * pad, kernel, stride, dilation, pad, length)


def phases(a: Axis) -> list[Phase]:
    """Where the gradient of each place comes from. A phase that no window reads has an axis with kernel 0."""
    found, shared = [], gcd(a.stride, a.dilation)
    step = a.stride // shared           # taps this far apart read the same phase
    inverse = pow(a.dilation // shared, -1, step)
    for start in range(min(a.stride, a.length)):
        first, rest = divmod(start + a.before, shared)
        taps = range(first * inverse % step, a.kernel, step) if rest == 0 else range(0)
        count = -(-(a.length - start) // a.stride)
        if not taps:
            found.append(Phase(start, slice(0, 0), Axis(a.out, 0, 1, 1, 0, count)))
            continue
        before = (taps[-1] * a.dilation - start - a.before) // a.stride     # the last tap reads the earliest window
        stop = taps[0] - step
        turned = slice(taps[-1], stop if stop >= 0 else None, -step)
        found.append(Phase(start, turned, Axis(a.out, len(taps), 1, a.dilation * step // a.stride, before, count)))
    return found


def divided(channels: int, groups: int, filters: int) -> int:
    """The channels; ValueError if the groups do not divide them."""
    if channels % groups or filters % groups:
        raise ValueError(f"cannot cut {channels} channels and {filters} filters into {groups} equal groups")
    return channels
