"""A prediction as a picture: what the network saw, and what its answer hung on."""

from typing import NamedTuple

import numpy as np

from dlcli.figures.drawing import new_figure, plain, png
from dlcli.text import cut

GREY = "#595959"
BRIGHTEST = 99.5
"""Percentile of a map's values from which colours no longer grow, so that a single pixel does not darken all others."""


LONGEST = 140
"""Letters of a name that have room in the line of the headline, of which each letter takes that of one and a half."""


class Panels(NamedTuple):
    """picture: (height, width) or (height, width, 3), from 0 to 1. saliency, attribution: (height, width). name: of
    picture and run. answer: the headline. others: a line at the foot. score: what the maps are about. baseline: what
    the attribution compares with."""

    picture: np.ndarray
    saliency: np.ndarray
    attribution: np.ndarray
    name: str
    answer: str
    others: str
    score: str
    baseline: str


def draw(panels: Panels) -> bytes:
    """A PNG file of 1500 x 580 points."""

    figure = new_figure(figsize=(15, 5.8), dpi=100, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    figure.suptitle(plain(panels.answer), x=0.01, ha="left", fontsize=17, fontweight="bold")
    room = max(20, LONGEST - 3 * len(panels.answer) // 2)
    name = cut(panels.name, room, end=True)
    figure.text(0.99, 0.98, plain(name), ha="right", va="top", fontsize=12, color=GREY)
    figure.supxlabel(plain(panels.others) or None, x=0.01, ha="left", fontsize=12, color=GREY)
    seen, followed, counted = figure.subplots(1, 3)
    seen.imshow(panels.picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    seen.set_title("what the network sees", loc="left", fontsize=12)
    top = _top(panels.saliency)
    shown = followed.imshow(panels.saliency, cmap="magma", vmin=0, vmax=top, interpolation="nearest")
    followed.set_title(f"saliency: where a small change\nmoves {plain(panels.score)} most", loc="left", fontsize=12)
    _bar(figure, shown, followed, [0, top], ["none", "most"])
    top = _top(np.abs(panels.attribution))
    shown = counted.imshow(panels.attribution, cmap="RdBu_r", vmin=-top, vmax=top, interpolation="nearest")
    counted.set_title(
        f"integrated gradients: what speaks for and against\n{plain(panels.score)}, compared with {panels.baseline}",
        loc="left",
        fontsize=12,
    )
    _bar(figure, shown, counted, [-top, 0, top], ["against", "0", "for"])
    for axes in (seen, followed, counted):
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_color(GREY)
    return png(figure)


def _top(values: np.ndarray) -> float:
    return float(np.percentile(values, BRIGHTEST)) or float(values.max()) or 1.0


def _bar(figure, shown, axes, ticks: list, labels: list[str]) -> None:
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, ticks=ticks)
    bar.ax.set_yticklabels(labels, fontsize=11)
    bar.outline.set_edgecolor(GREY)
