"""What `predict` says of pictures."""

from collections import Counter
from pathlib import Path

TOP = 5
"""Classes that are listed for a picture."""
FEW = 3
"""Up to so many pictures each has a table of its own."""


def pictures_of(names: list[str]) -> list[str]:
    """The picture files that the inputs stand for, those of folders with them; none where the input is a file of rows. UsageError
    where some are pictures and some are not."""
    from dlcli.data.new_pictures import is_picture, pictures_in
    from dlcli.errors import UsageError

    kinds = [is_picture(name) or Path(name).is_dir() for name in names]
    if any(kinds) and not all(kinds):
        raise UsageError(names[kinds.index(False)], "is no picture, and the others are", "predict them one by one")
    return [path for name in names for path in (pictures_in(name) if Path(name).is_dir() else [name])] if all(kinds) else []


def show(found: list[dict], output: Path | None) -> None:
    """A sentence for each picture; for few of them also the most likely classes."""
    from dlcli.commands._output import number, say, table

    for row in found:
        say(f"{row['file']}: {sentence(row)}")
        if len(found) <= FEW and isinstance(row.get("label"), str):
            best = sorted(row["probabilities"].items(), key=lambda item: -item[1])[:TOP]
            table(["class", "probability"], [[name, number(share)] for name, share in best], left=1)
    if output is not None:
        say(f"the class of each pixel in {output}" if output.suffix == ".png" else f"all probabilities in {output}")


def sentence(row: dict) -> str:
    from dlcli.commands._output import listed, number

    if "value" in row:
        return ", ".join(map(number, row["value"])) if isinstance(row["value"], list) else number(row["value"])
    if isinstance(row["label"], str):
        return f"{percent(row['probability'])} sure this is {_article(row['label'])} {row['label']}"
    places = Counter(flat(row["label"]))
    return listed(f"{percent(count / places.total())} {label}" for label, count in places.most_common(TOP))


def percent(share: float) -> str:
    """98 %; never 100 % or 0 % unless it is exactly that."""
    text = f"{100 * share:.0f}"
    if text in ("100", "0") and share not in (0, 1):
        return "over 99.9 %" if share > 0.9995 else "under 0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"
    return f"{text} %"


def _article(name: str) -> str:
    """As it is spoken: a 7, an 8, an 11, a cat, an eagle."""
    return "an" if name[:1].lower() in tuple("aeio8") or name in ("11", "18") else "a"


def flat(labels):
    for label in labels:
        if isinstance(label, list):
            yield from flat(label)
        else:
            yield label
