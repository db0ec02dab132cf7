"""The filters of a first convolution as one picture."""

from math import ceil, sqrt
from pathlib import Path

import numpy as np

from dlcli.artifacts.run import Run
from dlcli.errors import RunError
from dlcli.figures.drawing import new_figure, plain, png
from dlcli.storage import atomic

MOST = 256
"""Filters that are drawn."""
FRAME = "#9a9a9a"
"""Round each filter: a white weight is none of the page."""


def draw(kernels: np.ndarray, title: str) -> bytes:
    """A PNG file of filters W (height, width, channels, filters) with one channel (grey) or three (red, green, blue).

    Each filter has its own scale, up to its largest weight; 0 is the middle grey in all of them.
    """

    count = min(kernels.shape[-1], MOST)
    columns = ceil(sqrt(count * 1.6))
    rows = ceil(count / columns)
    figure = new_figure(figsize=(10, 10 * rows / columns + 0.6), dpi=100, layout="constrained")
    figure.suptitle(plain(title), x=0.01, ha="left", fontsize=14, fontweight="bold")
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set(color=FRAME, linewidth=0.8)
        axes.set_visible(i < count)
        if i < count:
            w = kernels[..., i].astype(float)
            top = np.abs(w).max() or 1.0
            axes.imshow(
                0.5 + 0.5 * (w[..., 0] if w.shape[-1] == 1 else w) / top,
                cmap="gray",
                vmin=0,
                vmax=1,
                interpolation="nearest",
            )
    return png(figure)


def first(run: Run) -> tuple[str, np.ndarray] | None:
    """Name and kernels (height, width, channels, filters) of a run's first 2D convolution, from its best or else last
    checkpoint.

    None if there is no checkpoint, no such layer, or if it reads neither one channel nor three. RunError for a
    damaged run.
    """
    try:
        name = _first(run.resolved.get("network", ()))
    except (TypeError, AttributeError, KeyError):
        raise RunError(f"{run.path / 'config.resolved.json'}: network", "is no list of entries") from None
    if name is None or not run.steps():
        return None
    kernels = run.best_or_last().arrays.get(f"model/{name}.W")
    return (name, kernels) if kernels is not None and kernels.ndim == 4 and kernels.shape[2] in (1, 3) else None


def _first(network, copy: str = "") -> str | None:
    """Name of the first 2D convolution of a stored network once `repeat` and `residual` are written out. copy: what
    names end in here."""
    for entry in network:
        if "conv2d" in entry:
            return entry["name"] + copy
        for kind, part, first in (("repeat", "layers", "_1"), ("residual", "layers", ""), ("residual", "shortcut", "")):
            found = _first(entry.get(kind, {}).get(part) or (), copy + first)
            if found is not None:
                return found
    return None


def write(run: Run) -> list[Path]:
    """The picture in the run's folder `plots/`, as a list of one file or none."""
    found = first(run)
    if found is None:
        return []
    name, kernels = found
    path = atomic.real_folder(run.path / "plots") / "filters.png"
    atomic.write_file(path, draw(kernels, title(name, kernels)), durable=False)
    return [path]


def title(name: str, kernels: np.ndarray) -> str:
    """What the picture of a convolution's filters says of them."""
    height, width, _, count = kernels.shape
    return f"{name}: {count} filters of {height}x{width}, each on its own scale, 0 is middle grey"
