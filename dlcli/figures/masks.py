"""Pictures, the true class of each pixel, and the predicted one, side by side in one picture."""

from io import BytesIO

import numpy as np

from dlcli.figures.drawing import load_matplotlib, new_figure, plain, png

FIRST = (0.93, 0.93, 0.93)
"""Of class 0, which is the background in most sets."""

COLUMNS = 11
"""Names side by side."""


def draw(
    pictures: np.ndarray | None,
    masks: list[tuple[np.ndarray, np.ndarray]],
    labels: list[str],
    scores: list[float],
    title: str,
) -> bytes:
    """A PNG file with a column for each picture.

    pictures: (n, height, width, 1 or 3), in any range; None: nothing is shown that a person could see. masks: for each
    the true and the predicted class ids (height, width). labels: class names by id. scores: the mean IoU of each.
    """
    load_matplotlib()
    from matplotlib.patches import Patch

    colors, shown = palette(len(labels)), sorted({int(i) for pair in masks for mask in pair for i in np.unique(mask)})
    kinds = ["true", "predicted"] if pictures is None else ["input", "true", "predicted"]
    height, width = masks[0][0].shape
    side = 12 / len(masks)
    names = -(-len(shown) // COLUMNS) * 0.25
    tall = 0.97 * side * len(kinds) * height / width + 0.8 + names
    figure = new_figure(figsize=(12, tall), dpi=100, layout="constrained")
    figure.suptitle(plain(title), x=0.01, ha="left", fontsize=14, fontweight="bold")
    grid = figure.subplots(len(kinds), len(masks), squeeze=False)
    for i, (truth, chosen) in enumerate(masks):
        tiles = {"true": colors[truth], "predicted": colors[chosen]} | (
            {} if pictures is None else {"input": _visible(pictures[i])}
        )
        for axes, kind in zip(grid[:, i], kinds, strict=True):
            axes.imshow(tiles[kind], interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            if i == 0:
                axes.set_ylabel(kind, fontsize=12)
        grid[0, i].set_title(f"mean IoU {scores[i]:.3f}", fontsize=11)
    figure.legend(handles=[Patch(facecolor=colors[c], edgecolor="#595959", label=plain(labels[c])) for c in shown],
                  loc="outside lower left", ncols=COLUMNS, frameon=False, fontsize=10, columnspacing=1)
    return png(figure)


def indexed(ids: np.ndarray, classes: int) -> bytes:
    """A PNG file whose pixels are class ids (height, width), up to 256 of them, with a palette that makes them
    visible."""
    from PIL import Image

    image, file = Image.fromarray(ids.astype(np.uint8)), BytesIO()
    image.putpalette((255 * palette(classes)).round().astype(np.uint8).tobytes())
    image.save(file, format="png")
    return file.getvalue()


def palette(classes: int) -> np.ndarray:
    """A colour for each class, (classes, 3): pale for class 0, then hues far apart, lighter and darker by turns."""
    load_matplotlib()
    from matplotlib.colors import hsv_to_rgb

    number = np.arange(classes - 1)
    tones = np.stack([number * 0.618034 % 1, np.where(number % 2, 0.55, 0.9), np.where(number % 3, 0.9, 0.65)], 1)
    return np.vstack([FIRST, hsv_to_rgb(tones)])


def _visible(picture: np.ndarray) -> np.ndarray:
    """A picture in 0..1 (height, width, 3), from its least to its greatest value."""
    low, high = float(picture.min()), float(picture.max())
    scaled = (picture.astype(np.float64) - low) / ((high - low) or 1.0)
    return np.broadcast_to(scaled, (*scaled.shape[:-1], 3))
