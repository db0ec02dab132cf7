"""Where the windows of a pooling layer lie."""

from dlcli.engine.spec import Spec
from dlcli.kernels.window_lengths import alike
from dlcli.kernels.windows import Axis, axis, pair, picture, sequence


def axis_1d(x: Spec, size, stride, padding) -> Axis:
    sequence(x)
    a = _axis("length", x[0], size, stride or size, padding)
    alike(x, a, padding)
    return a


def axes_2d(x: Spec, size, stride, padding) -> tuple[Axis, Axis]:
    picture(x)
    return tuple(_axis(*each) for each in zip(("height", "width"), x, *map(pair, (size, stride or size, padding))))


def _axis(name: str, length: int, size: int, stride: int, padding) -> Axis:
    """ValueError if a window does not fit, or could lie in the padding alone."""
    if padding not in ("valid", "same") and padding >= size:
        raise ValueError(f"needs a padding below the window of {size}, got {padding}")
    return axis(name, length, size, stride, 1, padding, "window")
