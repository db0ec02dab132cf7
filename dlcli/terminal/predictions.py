"""What `predict` and `explain-prediction` say of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlcli.data.pictures.listing import Pictures

SHOWN = 20
"""Rows and pictures that are printed."""
TOP = 5
"""Classes that are listed for a picture."""
FEW = 3
"""Up to so many pictures each has a table of its own."""


def pictures_of(names: list[str], fitted: dict) -> "Pictures | None":
    """The picture files that the inputs stand for, those of folders and .zip files with them; None where the input is a
    file of rows.
    fitted: as for `is_pictures`. UsageError where some are pictures and some are not."""
    from dlcli.data.pictures.listing import Pictures, files_of, is_picture, is_pictures, pictures_in
    from dlcli.errors import UsageError

    kinds = [is_picture(name) or is_pictures(name, fitted) for name in names]
    if any(kinds) and not all(kinds):
        raise UsageError(names[kinds.index(False)], "is no picture, and the others are", "predict them one by one")
    if not all(kinds):
        return None
    found = (pictures_in(name) if is_pictures(name, fitted) else files_of([name]) for name in names)
    return sum(found, Pictures([], []))


def check_invert(invert: bool, pictures: "Pictures | None") -> None:
    """UsageError where `--invert` is given and nothing would be turned round."""
    from dlcli.errors import UsageError

    if invert and not pictures:
        raise UsageError("--invert", "is for picture files, and folders and .zip files of them")


def show(found: list[dict], output: Path | None) -> None:
    """A sentence for each picture; for few of them also the most likely classes."""
    from dlcli.terminal.screen import number, say, table

    for row in found[:SHOWN]:
        say(f"{row['file']}: {sentence(row)}")
        if len(found) <= FEW and "label" in row:
            best = sorted(row["probabilities"].items(), key=lambda item: -item[1])[:TOP]
            table(["class", "probability"], [[name, number(share)] for name, share in best], left=1)
    if output is not None and output.suffix == ".png":
        say(f"the class of each pixel in {output}")
    elif output is not None or len(found) > SHOWN:
        say(whole(len(found), "picture", output))


def whole(rows: int, noun: str, output: Path | None) -> str:
    """How many rows there are, and where those are that have not been printed."""
    from dlcli.terminal.screen import count

    more = f", the first {SHOWN} shown" if rows > SHOWN else ""
    return f"{count(rows, noun)}{more}" + (
        f"; all of them in {output}" if output else "; -o FILE writes all of them" if more else ""
    )


def sentence(row: dict) -> str:
    """What a row of `predict.predictions` says, in words."""
    from dlcli.terminal.screen import listed, number

    if "value" in row:
        return ", ".join(map(number, row["value"])) if isinstance(row["value"], list) else number(row["value"])
    if "label" in row:
        return f"{sure(row)} sure this is {_article(row['label'])} {row['label']}"
    if row["ids"].ndim == 1:
        return labels_of(row)
    shares = sorted(shares_of(row).items(), key=lambda item: -item[1])
    return listed(f"{percent(share)} {label}" for label, share in shares[:TOP] if share)


def labels_of(row: dict) -> str:
    """The classes of a row of places, in words."""
    return " ".join(row["classes"][i] for i in row["ids"])


def shares_of(row: dict) -> dict[str, float]:
    """Which share of the places each class has."""
    import numpy as np

    counts = np.bincount(row["ids"].ravel(), minlength=len(row["classes"]))
    return dict(zip(row["classes"], (counts / row["ids"].size).tolist()))


def sure(row: dict) -> str:
    """How sure the network is of its class: wholly only where no other class has a share, however small."""
    alone = sum(share > 0 for share in row["probabilities"].values()) == 1
    return percent(row["probability"] if alone else min(row["probability"], 1 - 1e-6))


def percent(share: float) -> str:
    """98 %, 99.6 %; never 100 % or 0 % unless it is exactly that."""
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "over 99.9 %" if share > 0.5 else "under 0.1 %"
    text = f"{100 * share:.0f}"
    return f"{100 * share:.1f} %" if text in ("100", "0") and share not in (0, 1) else f"{text} %"


def _article(name: str) -> str:
    """As it is spoken: a 7, an 8, an 11, a cat, an eagle."""
    return "an" if name[:1].lower() in tuple("aeio8") or name in ("11", "18") else "a"
