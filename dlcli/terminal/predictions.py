"""The document of `predict` for people, and the words that `explain-prediction` shares with it."""

from pathlib import Path

from dlcli.evaluation.answers import labels_of, shares_of
from dlcli.terminal.screen import say, table
from dlcli.text import count, listed, number, shorten

SHOWN = 20
"""Rows, pictures and recordings that are printed."""
TOP = 5
"""Classes that are listed for a picture or a recording."""
COLUMNS = 6
"""Classes whose probabilities are printed for rows; --json and -o have all."""
FEW = 3
"""Up to so many pictures or recordings each has a table of its own."""


def show(document: dict, output: Path | None) -> None:
    """The document of `predict`; output: the file that holds all of it, if there is one."""
    if "targets" in document:
        show_steps(document, output)
    elif "unreadable" in document:
        show_files(document["predictions"], document["medium"], output)
    else:
        show_rows(document["predictions"], output)


def show_rows(found: list[dict], output: Path | None) -> None:
    """A table of the first rows."""
    shown = list(enumerate(found[:SHOWN], 1))
    if found and "label" in found[0]:
        few = list(found[0]["probabilities"]) if len(found[0]["probabilities"]) <= COLUMNS else []
        first = "text" if "text" in found[0] else "row"
        rows = [
            [shorten(row["text"], 60) if first == "text" else i, row["label"], number(row["probability"]),
             *(number(row["probabilities"][name]) for name in few)]
            for i, row in shown
        ]
        table([first, "prediction", "probability", *few], rows, left=2)
    elif found:
        title = "value" if "value" in found[0] else "prediction" if found[0]["ids"].ndim == 1 else "share of the pixels"
        table(["row", title], [[i, sentence(row)] for i, row in shown], left=1 if title == "value" else 2)
    say(whole(len(found), "row", output))


def show_steps(document: dict, output: Path | None) -> None:
    """A table of the next steps of a series."""
    found, names = document["predictions"], document["targets"]
    first = "time" if "time" in found[0] else "step"
    quantiles = list(found[0].get("quantiles", ())) if len(names) == 1 else []
    titles = [first, *names, *(f"quantile {q}" for q in quantiles)]
    rows = [[str(step[first]), *map(number, step["value"] if isinstance(step["value"], list) else [step["value"]]),
             *(number(step["quantiles"][q]) for q in quantiles)] for step in found[:SHOWN]]
    table(titles, rows)
    if output is not None and output.suffix == ".png":
        say(f"the forecast behind its past in {output}")
    else:
        say(whole(len(found), "step", output))


def show_files(found: list[dict], medium: str, output: Path | None) -> None:
    """A sentence for each picture or recording; for few of them also the most likely classes."""
    for row in found[:SHOWN]:
        say(f"{row['file']}: {sentence(row)}")
        if len(found) <= FEW and "label" in row:
            best = sorted(row["probabilities"].items(), key=lambda item: -item[1])[:TOP]
            table(["class", "probability"], [[name, number(share)] for name, share in best], left=1)
    if output is not None and output.suffix == ".png":
        say(f"the class of each pixel in {output}")
    elif output is not None or len(found) > SHOWN:
        say(whole(len(found), medium, output))


def whole(rows: int, noun: str, output: Path | None) -> str:
    """How many rows there are, and where those are that have not been printed."""
    more = f", the first {SHOWN} shown" if rows > SHOWN else ""
    return f"{count(rows, noun)}{more}" + (
        f"; all of them in {output}" if output else "; -o FILE writes all of them" if more else ""
    )


def sentence(row: dict) -> str:
    """What a row of `evaluation.answers` says, in words."""
    if "value" in row:
        return ", ".join(map(number, row["value"])) if isinstance(row["value"], list) else number(row["value"])
    if "label" in row:
        return f"{sure(row)} sure this is {_article(row['label'])} {row['label']}"
    if row["ids"].ndim == 1:
        return labels_of(row) or "nothing"
    shares = sorted(shares_of(row).items(), key=lambda item: -item[1])
    return listed(f"{percent(share)} {label}" for label, share in shares[:TOP] if share)


def sure(row: dict) -> str:
    """How sure the network is of its class: wholly only if no other class has a share, however small."""
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
