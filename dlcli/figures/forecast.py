"""A forecast as a picture: what came before, and what comes next."""

import numpy as np

from dlcli.figures.drawing import load_matplotlib, new_figure, plain, png

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#595959"


def draw(times: list[str] | None, past: np.ndarray, found: list[dict], names: list[str], title: str) -> bytes:
    """A PNG file with a panel for each target. times: of the past (steps,) and then of the forecast. past: (steps,
    targets). found: as `evaluation.next_steps` makes it."""
    load_matplotlib()
    from matplotlib.ticker import FixedLocator

    figure = new_figure(figsize=(10, 1 + 4 * len(names)), dpi=100, layout="constrained")
    before, ahead = np.arange(len(past)), len(past) + np.arange(len(found))
    for i, name in enumerate(names):
        axes = figure.add_subplot(len(names), 1, i + 1)
        axes.set_title(plain(name), loc="left", fontsize=14, fontweight="bold")
        axes.plot(before, past[:, i], color=BLUE, linewidth=1.8, label="past")
        values = [_of(step["value"], i) for step in found]
        axes.plot(ahead, values, color=VERMILION, linewidth=1.8, label="forecast",
                  marker="o" if len(found) <= 40 else "", markersize=4)
        if "quantiles" in found[0] and len(found[0]["quantiles"]) > 1:
            least, *_, most = found[0]["quantiles"]
            low, high = ([_of(step["quantiles"][q], i) for step in found] for q in (least, most))
            axes.fill_between(ahead, low, high, color=VERMILION, alpha=0.2, linewidth=0, label=f"{least} to {most}")
        axes.grid(True, color="#DDDDDD", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=11)
        if times is not None:
            shown = np.unique(np.linspace(0, len(times) - 1, min(8, len(times))).astype(int))
            axes.xaxis.set_major_locator(FixedLocator(shown))
            axes.set_xticklabels([plain(times[at]) for at in shown])
        else:
            axes.set_xlabel("step")
    figure.axes[0].set_title(plain(title), loc="right", fontsize=10, color=GREY)
    return png(figure)


def _of(value, target: int) -> float:
    return value[target] if isinstance(value, list) else value
