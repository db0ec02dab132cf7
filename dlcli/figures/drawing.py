"""What all pictures that matplotlib draws have in common."""

import logging
import os
import sys
import warnings
from io import BytesIO
from pathlib import Path

from dlcli.text import printable


def new_figure(**options):
    """A new matplotlib figure, to be drawn by Agg. How it is drawn depends on the options alone."""
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(**options)
    FigureCanvasAgg(figure)
    return figure


def load_matplotlib() -> None:
    """Import matplotlib with its own settings. Else it reads a `matplotlibrc` of the current folder, which may be
    anybody's and can start a program (LaTeX), one of the user's, and MPLBACKEND; and each of them may make it fail."""
    if "matplotlib" in sys.modules:
        return
    logging.getLogger("matplotlib").setLevel(logging.ERROR)     # its remarks on folders and fonts help nobody here
    there = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))
    kept = {name: os.environ.pop(name, None) for name in ("MPLBACKEND", "MATPLOTLIBRC")}
    os.environ["MATPLOTLIBRC"] = os.devnull         # counts unless the current folder has one
    os.chdir(Path(__file__).parent)
    try:
        import matplotlib  # noqa: F401
    finally:
        os.fchdir(there)
        os.close(there)
        del os.environ["MATPLOTLIBRC"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})


def png(figure) -> bytes:
    """A matplotlib figure as a PNG file: the same numbers give the same bytes. A letter that the font lacks is an empty
    box."""
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def plain(text: str) -> str:
    """The user's words (a class, a path) as they are: no mathematics between dollar signs, nothing but letters on one
    line."""
    return printable(text).replace("$", r"\$")
