"""The filters of a first convolution as one picture."""

from io import BytesIO
from math import ceil, sqrt
from pathlib import Path

import numpy as np

from dlcli.artifacts import storage
from dlcli.artifacts.run import Run

MOST = 256
"""Filters that are drawn."""


def draw(kernels: np.ndarray, title: str) -> bytes:
    """A PNG file of filters W (height, width, channels, filters) with one channel (grey) or three (red, green, blue).

    Each filter has its own scale, up to its largest weight; 0 is the middle grey in all of them.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = min(kernels.shape[-1], MOST)
    columns = ceil(sqrt(count * 1.6))
    rows = ceil(count / columns)
    figure = Figure(figsize=(10, 10 * rows / columns + 0.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left", fontsize=14, fontweight="bold")
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if i < count:
            w = kernels[..., i].astype(float)
            top = np.abs(w).max() or 1.0
            axes.imshow((0.5 + 0.5 * w / top).squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def first(run: Run) -> tuple[str, np.ndarray] | None:
    """Name and kernels (height, width, channels, filters) of a run's first 2D convolution, from its best or else last checkpoint.

    None where there is no checkpoint, no such layer, or where it reads neither one channel nor three. RunError for a damaged run.
    """
    names = [name for name in _convolutions(run.resolved.get("network", ())) if isinstance(name, str)]
    if not names or not run.steps():
        return None
    arrays = run.load("best" if run.checkpoints.steps("best") else "last").arrays
    for name in (names[0], f"{names[0]}_1"):       # the first copy, where it stands in a `repeat`
        kernels = arrays.get(f"model/{name}.W")
        if kernels is not None and kernels.ndim == 4 and kernels.shape[2] in (1, 3):
            return name, kernels
    return None


def _convolutions(network) -> list:
    """Names of the 2D convolutions of a stored network, those inside `repeat` and `residual` too, in order."""
    found = []
    for entry in network:
        if "conv2d" in entry:
            found.append(entry.get("name"))
        for kind in ("repeat", "residual"):
            found += _convolutions(entry.get(kind, {}).get("layers") or [])
    return found


def write(run: Run) -> list[Path]:
    """The picture in the run's folder `plots/`, as a list of one file or none."""
    found = first(run)
    if found is None:
        return []
    name, kernels = found
    path = storage.real_folder(run.path / "plots") / "filters.png"
    height, width, channels, count = kernels.shape
    storage.write_file(path, draw(kernels, f"{name}: {count} filters of {height}x{width}, 0 is middle grey"), durable=False)
    return [path]
