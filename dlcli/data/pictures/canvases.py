"""Drawing digits and pieces of digits on canvases, all canvases at once."""

import numpy as np

INK = 128
"""A pixel of at least this much ink belongs to its digit; the paler rim is background."""
PIECE = 0.36
"""Height and width of a piece of clutter, as a share of the digit that it is cut from (10 of 28 pixels)."""
TRIES = 20
"""Places tried for a digit before it is left out."""


def canvases(digits: np.ndarray, ids: np.ndarray, count: int, size: int, most: int, clutter: int,
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (count, size, size, 1) and the class of each pixel (count, size, size), both uint8.

    digits: (n, height, width) uint8. ids: class of each, above 0; 0 is the background. Digits touch no other digit's
    ink; clutter lies under them.
    """
    pictures, classes = np.zeros((2, count, size, size), np.uint8)
    height, width = digits.shape[1:]
    h, w = max(1, round(PIECE * height)), max(1, round(PIECE * width))
    every = np.arange(count)
    for _ in range(clutter):
        source = rng.integers(len(digits), size=count)
        # where the ink is
        middle = (height // 4, width // 4), (height - height // 4 - h + 1, width - width // 4 - w + 1)
        cut = _window(*rng.integers(*middle, (count, 2)).T, h, w)
        place = every[:, None, None], *_window(*rng.integers(0, (size - h + 1, size - w + 1), (count, 2)).T, h, w)
        pictures[place] = np.maximum(pictures[place], digits[source[:, None, None], *cut])
    wanted = rng.integers(1, most + 1, count)
    for number in range(most):
        open_ = np.flatnonzero(wanted > number)
        source = rng.integers(len(digits), size=count)
        for _ in range(TRIES):
            corners = rng.integers(0, (size - height + 1, size - width + 1), (len(open_), 2)).T
            place = open_[:, None, None], *_window(*corners, height, width)
            drawn, old = digits[source[open_]], classes[place]
            free = ~((drawn > 0) & (old > 0)).any((1, 2))
            place = tuple(axis[free] for axis in place)
            drawn, old = drawn[free], old[free]
            pictures[place] = np.maximum(pictures[place], drawn)
            classes[place] = np.where(drawn >= INK, ids[source[open_[free]], None, None], old)
            open_ = open_[~free]
            if not len(open_):
                break
    return pictures[..., None], classes


def _window(top: np.ndarray, left: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of a rectangle for each pair of corners: (n, height, 1) and (n, 1, width)."""
    return top[:, None, None] + np.arange(height)[:, None], left[:, None, None] + np.arange(width)
