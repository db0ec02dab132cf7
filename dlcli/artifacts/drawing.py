"""What all pictures that matplotlib draws have in common."""

import warnings
from io import BytesIO


def png(figure) -> bytes:
    """A matplotlib figure as a PNG file: the same numbers give the same bytes. A letter that the font lacks is an empty box."""
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def plain(text: str) -> str:
    """The user's words (a class, a path) as they are: no mathematics between dollar signs, nothing but letters on one line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text).replace("$", r"\$")
