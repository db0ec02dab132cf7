"""Columns of texts that are likely a mistake, and what to do about them."""

from collections import Counter
from collections.abc import Collection

from dlcli.data.formats.csv.cells import Cells
from dlcli.data.text_kinds import NOTATION, are_dates, numbers_in_another_notation
from dlcli.errors import DataError
from dlcli.text import flow, quoted

MAX_CATEGORIES = 1_000
"""Different texts that a column may have without being declared."""
CLASSES = "if these are the classes, set `task: classification`"


def check_texts(cells: Cells, known: dict[str, str], numbers: dict[str, str]) -> None:
    """DataError if nobody declared a column of texts, and it is hardly one of categories.

    known: the text of each cell that is not missing. numbers: those of them that are numbers.
    """
    counts, texts = Counter(cells.all), set(known.values())
    rows, dates = sum(counts[cell] for cell in known), are_dates(texts)
    odd = set() if dates else numbers_in_another_notation(texts - set(numbers.values()))
    if odd and 2 * sum(counts[cell] for cell, text in known.items() if text in odd or cell in numbers) > rows:
        row = next(row for row, cell in enumerate(cells.all) if known.get(cell) in odd)
        text = quoted(known[cells.all[row]])
        raise DataError(cells.place(row), f"{text} in column {cells.title!r} looks like a number in another notation",
                        f"{NOTATION}; {CLASSES if cells.target else 'if it is text, name the column under `types`'}")
    distinct = len(texts) > 20 and 2 * len(texts) > rows
    if distinct or len(texts) > MAX_CATEGORIES:
        what = "dates" if dates else "texts"
        raise DataError(cells.place(0), f"column {cells.title!r} has {len(texts):,} different {what} in "
                        f"{len(cells.all):,} rows",
                        CLASSES if cells.target else _hint_of_many(cells.title, dates, distinct, are_sentences(texts)))


def are_sentences(texts: Collection[str]) -> bool:
    """Whether texts have several words, as a rule."""
    return sum(text.count(" ") for text in texts) >= 3 * len(texts)


def _hint_of_many(title: str, dates: bool, distinct: bool, sentences: bool) -> str:
    """For a feature of so many texts. Their order says nothing of dates and names that are still to come."""
    leave = f"leave it out (`drop: {flow([title])}`)"
    if dates:
        return (f"later rows have other dates: {leave}, and write what counts of it, such as month and weekday, into "
                "columns of their own")
    if sentences:
        return f"`types: {flow({title: 'tokens'})}` reads free text word by word, as a sequence; or {leave}"
    if distinct:
        return (f"{leave}, since texts that differ in most rows say nothing of new ones; a category is named under "
                "`types` as one_hot")
    return f"{leave}, or name it under `types` as one_hot, ordinal or embedded"


def stray_hint(text: str, cells: Cells) -> str:
    """What to do about a text among numbers. What has a digit is a value, however it is written, and never a missing
    one."""
    written = any(map(str.isdigit, text))
    if cells.trained:
        return NOTATION if written else "the run was trained on numbers in this column"
    hint = NOTATION if written else f"if {quoted(text)} means that the value is missing, add it to `missing`"
    return f"{hint}; {if_text(cells.target)}"


def if_text(target: bool) -> str:
    """What to do if a column of numbers should be text."""
    return CLASSES if target else "if the column is text, say so under `types`"
