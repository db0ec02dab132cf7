"""Where the windows of a pooling layer lie."""

import numpy as np

from dlcli.engine.spec import Spec
from dlcli.layers._geometry import Axis, axis, pair, picture, sequence


def axis_1d(x: Spec, size, stride, padding) -> Axis:
    sequence(x)
    return _axis("length", x[0], size, stride or size, padding)


def axes_2d(x: Spec, size, stride, padding) -> tuple[Axis, Axis]:
    picture(x)
    return tuple(_axis(*each) for each in zip(("height", "width"), x, *map(pair, (size, stride or size, padding))))


def _axis(name: str, length: int, size: int, stride: int, padding) -> Axis:
    """ValueError where a window does not fit, or could lie in the padding alone."""
    if padding not in ("valid", "same") and padding >= size:
        raise ValueError(f"needs a padding below the window of {size}, got {padding}")
    return axis(name, length, size, stride, 1, padding, "window")


def steps(x: Spec, a: Axis) -> Spec:
    """What a sequence becomes."""
    return Spec((a.out, x[-1]), lengths="own" if x.lengths else False)


def shorter(layer) -> None:
    """Each row's number of windows: as many as it would give alone, and at least one."""
    if layer.lengths is not None:
        a, y = layer.axis, layer.y_lengths
        after = max(a.reach(a.out) - a.length - a.before, 0) if layer.padding == "same" else a.before
        np.add(layer.lengths, a.before + after - a.kernel, y)
        np.floor_divide(y, a.stride, y)
        np.add(y, 1, y)
        np.clip(y, 1, a.out, out=y)
