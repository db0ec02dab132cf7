"""What `check` makes of the data: columns, classes, what is missing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlcli.data.dataset import Data


def document(data: "Data") -> dict:
    """The part `data` of the document of `check`.

    rows: of each split. classes: rows of each in the training split, if that is known. about: lines on the files, such
    as the pictures' own sizes. Of a column, categories: the texts that the training split has, or None for numbers;
    missing: rows without a value, of all splits; prepare: names of what is done to it.
    """
    columns = [
        {
            "name": c.name,
            "type": c.type,
            "shape": c.shape,
            "categories": c.categories,
            "missing": data.missing.get(c.name, 0),
            "prepare": prepared(c),
        }
        for c in data.columns
    ]
    counts = data.target.counts
    return {"task": data.task, "target": data.target_name, "rows": data.rows, "columns": columns, "about": data.about,
            "classes": dict(zip(names(data), counts)) if counts else None,
            "positive": data.positive_label}


def names(data: "Data") -> list[str]:
    """The names of the classes, or their numbers if they have none."""
    return data.labels or [str(i) for i in range(data.target.size or 0)]


def prepared(column) -> list[str]:
    """Names of what is done to a column that was learned."""
    return ["impute"] * (column.fill is not None) + [step["kind"] for step in column.steps]
