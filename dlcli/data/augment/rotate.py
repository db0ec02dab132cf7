"""Turned pictures."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le

from dlcli.data.augment._augment import Augment


class Rotate(Augment):
    """The picture is turned around its middle by an angle drawn evenly from -degrees to degrees.

    A new pixel is the mean of the four old ones around the place that it comes from, weighted by nearness (bilinear).
    The size stays; what comes in from outside is `fill`.
    """

    moves: ClassVar[bool] = True

    degrees: Annotated[float, Gt(0), Le(180)] = 10.0
    """Largest angle."""
    fill: Annotated[float, Ge(0), Le(1)] = 0.0
    """Brightness of what comes in, from 0 (black) to 1 (white)."""

    def apply(self, x, draws, top, keep) -> None:
        angle = np.deg2rad((2 * draws.uniform(1) - 1) * self.degrees)
        turn(x, angle, self.fill * top, keep)


def turn(x: np.ndarray, angle: np.ndarray, fill: float, keep) -> None:
    """Turn pictures (n, height, width, channels) in place, counterclockwise by angles (n, 1) in radians."""
    n, height, width, channels = x.shape
    cos, sin = np.cos(angle).astype(x.dtype), np.sin(angle).astype(x.dtype)
    rows = np.repeat(np.arange(height) - (height - 1) / 2, width).astype(x.dtype)
    columns = np.tile(np.arange(width) - (width - 1) / 2, height).astype(x.dtype)
    index, place = (keep(f"rotate {name}", (n, height * width), "int") for name in ("index", "place"))
    part, spare = (keep(f"rotate {name}", (n, height * width)) for name in ("part", "spare"))
    down = _source(keep("rotate down", part.shape), cos, rows, sin, columns, height, part)
    across = _source(keep("rotate across", part.shape), cos, columns, -sin, rows, width, part)
    # index of the upper left neighbour among all pictures with a border of one pixel; what is left are the weights
    index[...] = down
    down -= index
    index += (np.arange(n) * (height + 2))[:, None]
    index *= width + 2
    place[...] = across
    across -= place
    index += place
    wide = keep("rotate wide", (n, height + 2, width + 2))
    wide[...] = fill
    left = keep("rotate left", part.shape)
    for channel in range(channels):
        wide[:, 1:-1, 1:-1] = x[..., channel]
        _between(wide, index, 0, across, left, part)
        _between(wide, index, width + 2, across, part, spare)
        part -= left
        part *= down
        left += part
        x[..., channel] = left.reshape(n, height, width)


def _source(out, cos, along, sin, other, size: int, spare) -> np.ndarray:
    """Where the new pixels come from along one axis, in a picture with a border, from 0 to just below size + 1."""
    np.multiply(cos, along, out=out)
    np.multiply(sin, other, out=spare)
    out += spare
    out += (size - 1) / 2 + 1
    return np.clip(out, 0, np.nextafter(out.dtype.type(size + 1), out.dtype.type(0)), out=out)


def _between(
    wide: np.ndarray, index: np.ndarray, below: int, weight: np.ndarray, out: np.ndarray, spare: np.ndarray
) -> None:
    """Between two neighbours in a row, `below` places further on."""
    flat = wide.reshape(-1)[below:]
    flat.take(index, out=out, mode="clip")
    flat[1:].take(index, out=spare, mode="clip")
    spare -= out
    spare *= weight
    out += spare
