"""The data of a document of `check` for people: columns, classes, what is missing."""

from dlcli.terminal.screen import say, table
from dlcli.text import count, cut, listed, number

TYPES = {"one_hot": "text, one-hot", "ordinal": "text, ordinal", "embedded": "text, ids"}
MOST = 40
"""Columns that are listed; --json has all."""
WIDTH = 48
"""Characters of the categories that are shown."""
CLASSES = 10
"""Up to so many classes are named with their shares."""


def show(found: dict, shape: tuple) -> None:
    """A line for each column of a table, what there is to say of the files, and the classes.

    shape: of a row's target, () if a row has one class.
    """
    columns = [c for c in found["columns"] if c["shape"] == []]
    if columns:
        say()
        table(
            ["column", "type", "missing", "prepare", "categories"],
            [
                [
                    c["name"],
                    TYPES.get(c["type"], c["type"]),
                    number(c["missing"]) if c["missing"] else "",
                    ", ".join(c["prepare"]),
                    categories(c),
                ]
                for c in columns[:MOST]
            ],
            left=5,
            gap=2,
        )
        if len(columns) > MOST:
            say(f"and {count(len(columns) - MOST, 'column')} more, which --json lists")
    if found["about"]:
        say()
        for line in found["about"]:
            say(line)
    if found["classes"]:
        say()
        say(target(found, "rows" if not shape else "pixels" if len(shape) == 2 else "places"))


def categories(column: dict) -> str:
    """How many texts a column has, and the first of them; nothing for numbers."""
    if column["categories"] is None:
        return ""
    texts = ["(missing)" if text is None else text for text in column["categories"]]
    return cut(f"{len(texts)}: {', '.join(texts)}", WIDTH)


def target(found: dict, counted: str) -> str:
    """The classes with their shares of what is counted in the training split."""
    classes, total = found["classes"], sum(found["classes"].values())
    if len(classes) > CLASSES:
        shares = (
            f"{len(classes)} classes of {number(min(classes.values()))} to {number(max(classes.values()))} "
            f"training {counted}"
        )
    else:
        shares = (
            listed(f"{name} {100 * n / total:.1f} %" for name, n in classes.items()) + f" of the training {counted}"
        )
    positive = f"; {found['positive']} is the positive class" if found["positive"] is not None else ""
    name = "target" if found["target"] in (None, "target") else f"target {found['target']}"
    return f"{name}: {shares}{positive}"
