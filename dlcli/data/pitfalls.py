"""What of the data is likely to mislead. It is measured here; `config.rules.pitfalls` says it."""

import numpy as np

from dlcli.data.dataset import Data, Pitfalls, UnknownTexts
from dlcli.data.leaks import leaks
from dlcli.data.table import Table

MOSTLY_UNSEEN, FEWEST_UNSEEN = 0.9, 5
"""Share of a split's rows with a text that training does not have, from which the column says nothing there; and rows
of it."""


def pitfalls_in(tables: dict[str, Table], rows: dict[str, np.ndarray], data: Data, target: np.ndarray) -> Pitfalls:
    """Everything about tables whose rows are divided. target: of the training rows, as the network learns it."""
    mean = deviation = []
    if data.task == "regression":
        values = target.reshape(len(target), -1)
        mean, deviation = values.mean(0).tolist(), values.std(0).tolist()
    told = leaks(tables["train"], rows["train"], target, data.target.size)
    return Pitfalls(mean, deviation, told, unknown_texts(tables, rows, data))


def unknown_texts(tables: dict[str, Table], rows: dict[str, np.ndarray], data: Data) -> list[UnknownTexts]:
    """Columns whose texts in validation or test are nearly all unknown."""
    found = []
    for name in [column.name for column in data.columns]:
        splits, unknown, total, dates = [], 0, 0, False
        for split in [name for name in ("validation", "test") if len(rows.get(name, ())) >= FEWEST_UNSEEN]:
            _, own = data.unseen[split].get(name, ([], 0))
            if own >= MOSTLY_UNSEEN * len(rows[split]):
                splits.append(split)
                unknown, total = unknown + own, total + len(rows[split])
                from dlcli.data.text_kinds import are_dates  # its patterns take long to be made

                dates = dates or are_dates(tables.get(split, tables["train"]).columns[name].words)
        if splits:
            found.append(UnknownTexts(name, splits, unknown, total, dates, len(data.columns) == 1))
    return found
