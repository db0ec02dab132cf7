"""What is said of texts as tokens: those that were cut, and what the training texts do not have."""

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.columns.tokens import Tokens
from dlcli.data.ragged import Ragged
from dlcli.data.table import Table
from dlcli.notices import info
from dlcli.text import count, quoted_list

SHOWN = 5
"""Unknown tokens that are named."""


def tell(title: str, columns: list[FittedColumn], inputs: dict) -> None:
    """Say it of each column of texts of a split, or of new rows. title: what the rows are. inputs: arrays by field."""
    for column, x in _texts(columns, inputs):
        unit, known = f"{column.vocabulary.tokenizer.unit}s", np.diff(x.starts)
        which = f"of column {column.name!r} " if len(columns) > 1 else ""
        cut = int((known > x.longest).sum())
        if cut:
            are = "is longer than" if cut == 1 else "are longer than"
            info(f"{title}: {cut:,} of {count(len(x), 'text')} {which}{are} {x.longest:,} {unit}, and cut there")
        unknown = int((x.values == 0).sum())
        if unknown and title != "train":
            share = f"{unknown:,} of {len(x.values):,} {unit} {which}({unknown / len(x.values):.2%})"
            info(f"{title}: {share} are unknown, since the training texts do not have them")


def name_unknown(columns: list[FittedColumn], table: Table) -> None:
    """Name what the training texts do not have of new rows."""
    for column in columns:
        if not isinstance(column, Tokens) or column.running:
            continue
        codes = np.unique(table.columns[column.name].values)
        words = [table.columns[column.name].words[code] for code in codes.tolist() if code >= 0]
        unknown = list(dict.fromkeys(piece for text in words for piece in column.vocabulary.unknown(text)))
        if unknown:
            info(f"not known from training: {quoted_list(unknown, SHOWN)}")


def _texts(columns: list[FittedColumn], inputs: dict) -> list[tuple[Tokens, Ragged]]:
    return [(column, inputs[column.field]) for column in columns
            if isinstance(column, Tokens) and isinstance(inputs.get(column.field), Ragged)]
