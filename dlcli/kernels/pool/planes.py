"""A picture taken apart by stride, so that a window's places lie in arrays with long rows.

Windows `stride` apart meet each place of a picture in one of stride x stride phases. Every phase is copied into a plane
of its own. What a window sees at offset i, j is then a plane, shifted by whole places: all arithmetic runs over long
contiguous rows, whatever the overlap, and padding is written once. The copies move all channels of a place at a time.
"""

from math import prod

import numpy as np

from dlcli.kernels.places import whole_places
from dlcli.kernels.windows import Axis, small

BLOCK = 1 << 16
"""Elements of the planes that are worked on at a time, so that all passes run in the cache."""


class Planes:
    """The planes of pictures whose axes are `h` and `w`. `shape`: of the planes of one block of samples."""

    def __init__(self, h: Axis, w: Axis, channels: int):
        small(h, w)
        if h.kernel == h.stride and h.length == h.out * h.kernel and not h.before:
            # rows of windows share nothing: each such row is a picture of its own, so that blocks can be small
            h = h._replace(length=h.kernel, out=1)
        self.h, self.w, self.channels = h, w, channels
        self.plane = tuple(a.out + (a.kernel - 1) // a.stride for a in (h, w))
        down, across = (
            [_Part(a, phase, size) for phase in range(min(a.kernel, a.stride))] for a, size in zip((h, w), self.plane)
        )
        self.phases = [(p, q) for p in range(len(down)) for q in range(len(across))]
        self.parts = [(down[p], across[q]) for p, q in self.phases]
        self.offsets = [(i % h.stride * len(across) + j % w.stride, _reach(h, i), _reach(w, j))
                        for i in range(h.kernel) for j in range(w.kernel)]
        self.samples = max(1, BLOCK // (len(self.phases) * prod(self.plane) * channels))
        self.shape = (len(self.phases), self.samples, *self.plane, channels)
        self.window_shape = (self.samples, h.out, w.out, channels)
        self.padded = h.padded or w.padded
        self.overlaps = any(a.kernel > a.stride for a in (h, w))
        self.whole = all((a.kernel, a.out, a.padded) == (a.length, 1, False) for a in (h, w))     # one window sees all
        self.covers = all(sum(part.count for part in parts) == a.length for a, parts in ((h, down), (w, across)))

    def pictures(self, x):
        """Inputs (or their gradients) as pictures of this geometry: (rows, height, width, channels)."""
        return x.reshape(-1, self.h.length, self.w.length, self.channels)

    def windows(self, y):
        """The same of outputs."""
        return y.reshape(-1, self.h.out, self.w.out, self.channels)

    def blocks(self, rows: int):
        for start in range(0, rows, self.samples):
            yield slice(start, min(start + self.samples, rows))

    def gather(self, x, planes) -> None:
        """A block of pictures into its planes; the padding stays as it is."""
        x, planes = whole_places(x), whole_places(planes)
        for plane, (h, w) in zip(planes, self.parts):
            np.copyto(plane[:len(x), h.inside, w.inside], x[:, h.outside, w.outside])

    def scatter(self, planes, x) -> None:
        """The planes back into a block of pictures; places that no window sees become 0."""
        if not self.covers:
            x.fill(0)
        x, planes = whole_places(x), whole_places(planes)
        for plane, (h, w) in zip(planes, self.parts):
            np.copyto(x[:, h.outside, w.outside], plane[:len(x), h.inside, w.inside])

    def views(self, planes, rows: int) -> list:
        """What the windows see at each of their offsets, in row-major order: arrays (rows, out, out, channels)."""
        return [planes[phase, :rows, down, across] for phase, down, across in self.offsets]

    def clear(self, layer, planes, rows: slice, value) -> None:
        """Sets what lies beyond the length of each of these rows of the batch; for layers of sequences."""
        if layer.lengths is None:
            return
        lengths = layer.lengths[rows, None]
        for plane, (_, q) in zip(planes, self.phases):
            steps = np.arange(self.plane[1]) * self.w.stride + q - self.w.before
            np.copyto(plane[:len(lengths)], value, where=(steps >= lengths)[:, None, :, None])

    @staticmethod
    def cut(layer, y, rows: slice) -> None:
        """Windows beyond the number of each of these rows become 0."""
        if layer.lengths is not None:
            np.copyto(y, 0, where=(np.arange(y.shape[2]) >= layer.y_lengths[rows, None])[:, None, :, None])


class _Part:
    """Places of one phase along an axis: `inside` a plane, `outside` in the picture."""

    def __init__(self, a: Axis, phase: int, size: int):
        self.start = max(0, -(-(a.before - phase) // a.stride))
        first = self.start * a.stride + phase - a.before
        self.count = max(0, min(size - self.start, -(-(a.length - first) // a.stride)))
        self.inside = slice(self.start, self.start + self.count)
        self.outside = slice(first, first + (self.count - 1) * a.stride + 1, a.stride) if self.count else slice(0, 0)


def _reach(a: Axis, offset: int) -> slice:
    """What all windows see at one offset, in the plane of its phase."""
    return slice(offset // a.stride, offset // a.stride + a.out)
