"""Texts as numbers: the categories of a column are learned on the training split."""

import numpy as np

from dlcli.data.number_text import is_number
from dlcli.data.table import Column


def learn(column: Column, rows: np.ndarray, fill: str | None = None) -> list[str | None]:
    """The texts that occur in the given rows, sorted, by value where they are ordinal and all numbers; at the end None,
    where values are missing and no `fill` replaces them."""
    codes = np.unique(column.values[rows])
    texts = {column.words[code] for code in codes if code >= 0}
    missing = len(codes) > 0 and codes[0] < 0
    if missing and fill is not None:
        texts.add(fill)
    by_value = column.encoding == "ordinal" and all(map(is_number, texts))
    ordered = sorted(texts, key=lambda text: (float(text), text)) if by_value else sorted(texts)
    return ordered + ([None] if missing and fill is None else [])


def most_frequent(column: Column, rows: np.ndarray) -> str | None:
    """The text that occurs most often, the first in sorted order among equals; None where all are missing."""
    codes, counts = np.unique(column.values[rows], return_counts=True)
    found = {column.words[code]: n for code, n in zip(codes, counts) if code >= 0}
    return min(found, key=lambda text: (-found[text], text)) if found else None


def encode(column: Column, rows: np.ndarray, categories: list[str | None], fill: str | None = None) -> np.ndarray:
    """Ids (rows,) int64: the place of each text among the categories, counted from 1; 0 for a text that is not among
    them."""
    return table_of(column, categories, fill)[column.values[rows]]


def table_of(column: Column, categories: list[str | None], fill: str | None = None) -> np.ndarray:
    """The id of each of the column's words, and at the end, for the value -1, that of a missing one."""
    ids = {text: i + 1 for i, text in enumerate(categories)}
    return np.array([ids.get(word, 0) for word in column.words] + [ids.get(fill, 0)], np.int64)


def one_hot(ids: np.ndarray, size: int) -> np.ndarray:
    """Float64 (rows, size): 1 at each id - 1, all zeros for id 0."""
    out = np.zeros((len(ids), size + 1))
    out[np.arange(len(ids)), ids] = 1
    return out[:, 1:]
