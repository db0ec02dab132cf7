"""Pooling with one window that covers all places: one number per channel is left of a picture. x: (rows, places,
channels)."""

import numpy as np

BLOCK = 1 << 14
"""Elements of x whose largest are sought at a time: NumPy copies them to do so."""


def mean(x, y, share) -> None:
    """y: (rows, channels). share: scratch memory (1, places)."""
    share.fill(1 / x.shape[1])
    np.matmul(share[None], x, out=y[:, None])


def mean_gradient(dy, dx) -> None:
    np.multiply(dy, 1 / dx.shape[1], dy)
    np.copyto(dx, dy[:, None])


def largest_gradient(x, dy, dx) -> None:
    """Of equal places the first one takes the whole gradient."""
    dx.fill(0)
    rows = max(1, BLOCK // (x.shape[1] * x.shape[2]))
    for start in range(0, len(x), rows):
        part = slice(start, start + rows)
        np.put_along_axis(dx[part], x[part].argmax(axis=1)[:, None], dy[part, None], axis=1)
