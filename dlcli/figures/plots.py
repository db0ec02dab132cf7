"""Pictures of a run: PNG files for people and pages, and curves for the terminal."""

from pathlib import Path

from dlcli.artifacts.run import Run
from dlcli.figures.curves import Curve, curves
from dlcli.figures.drawing import load_matplotlib, new_figure, plain, png
from dlcli.storage import atomic

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#595959"
"""From the palette of Okabe and Ito (2008), which people with colour-blindness can tell apart."""
STYLES = {"train": (BLUE, "-"), "validation": (VERMILION, "--"), "": (BLUE, "-")}
MARKERS = {"train": ("braille", "blue+"), "validation": ("+", "orange+"), "": ("braille", "blue+")}
SAMPLES = {"braille": "⠒", "+": "+"}
PANEL = 12
"""Fewest lines of the terminal in which a curve can be read."""


def draw(run: Run) -> list[Path]:
    """Write a picture of 1000 x 600 points for each curve to `plots/`, and return the files."""
    drawn = curves(run)
    folder = atomic.real_folder(run.path / "plots") if drawn else run.path
    paths = []
    for curve in drawn:
        path = folder / f"{curve.name}.png"
        atomic.write_file(path, _picture(curve, run.path.name), durable=False)
        paths.append(path)
    return paths


def _picture(curve: Curve, title: str) -> bytes:
    load_matplotlib()
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(figsize=(10, 6), dpi=100, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    axes = figure.add_subplot()
    axes.set_title(curve.title, loc="left", fontsize=14, fontweight="bold")
    axes.set_title(plain(title), loc="right", fontsize=10, color=GREY)
    for label, (xs, ys) in curve.lines.items():
        color, dashes = STYLES[label]
        axes.plot(
            xs, ys, dashes, color=color, label=label, linewidth=1.8, marker="o" if len(xs) <= 40 else "", markersize=4
        )
    if curve.best:
        x, y = curve.best
        axes.axvline(x, color=GREY, linewidth=1, linestyle=":")
        axes.plot(x, y, "*", color=GREY, markersize=15, label=f"best epoch {x:g}: {y:.4g}", zorder=3)
    if curve.log:
        axes.set_yscale("log")
    axes.set_xlabel(curve.x, fontsize=12)
    axes.set_ylabel(curve.title.lower() + (" (logarithmic)" if curve.log else ""), fontsize=12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.tick_params(labelsize=11)
    axes.grid(True, which="major", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if "" not in curve.lines:
        axes.legend(frameon=False, fontsize=12)
    return png(figure)


def sketch(run: Run, width: int, height: int, color: bool) -> str:
    """The curves over epochs (or steps, if it says so) as text of at most `height` lines of `width` columns.

    Only as many of them as are readable there, the loss first; "" if there are none.
    """
    drawn = curves(run)
    columns = 2 if width >= 120 and len(drawn) > 1 else 1
    rows = min(-(-len(drawn) // columns), max(1, height // PANEL))
    lines = []
    for row in range(rows):
        panels = [_panel(curve, width // columns - (columns - 1), height // rows, color)
                  for curve in drawn[row * columns:(row + 1) * columns]]
        lines += ["  ".join(parts).rstrip() for parts in zip(*panels, strict=True)]
    return "\n".join(lines)


def _panel(curve: Curve, width: int, height: int, color: bool) -> list[str]:
    """One curve as `height` lines: a heading that is its legend, then the frame."""
    import plotext

    figure = plotext.figure
    plotext.terminal.limit(False, False)        # the caller knows how much room there is
    figure.clear.all()
    figure.plot_size(width, height - 1)
    figure.theme("simple" if color else "colorless")
    figure.legend(False)
    if curve.log:
        figure.ruler("y").scale("log")
    heading = curve.title + (" by step" if curve.x == "step" else "") + (" (log)" if curve.log else "")
    marked, levels = [], set()
    for label, (xs, ys) in curve.lines.items():
        name, tone = MARKERS[label]
        points = [(x, y) for x, y in zip(xs, ys, strict=True) if y == y]
        points = points[::-(-len(points) // (2 * width)) or 1]
        marker = plotext.marker(name, plotext.pixel(tone) if color else plotext.pixel())
        figure.draw(figure.signal([x for x, _ in points], [y for _, y in points], marker=marker).lines())
        marked += [x for x, _ in points]
        levels |= {y for _, y in points}
        heading += f"  {label} {SAMPLES[name]}" if label else ""
    if curve.best:
        mark = "  best epoch {:g}: {:.4g}".format(*curve.best)
        heading += mark if len(heading + mark) <= width else ""
    if len(levels) == 1:        # plotext would show it as 0
        level, = levels
        figure.ruler("y").lim(level - (abs(level) or 1), level + (abs(level) or 1))
        figure.ruler("y").ticks([level], [f"{level:.4g}"])
    figure.ruler("x").ticks(sorted({round(min(marked) + (max(marked) - min(marked)) * part / 4) for part in range(5)}))
    text = figure.build().string(colorless=not color)
    return [heading[:width].ljust(width), *text.splitlines()]
