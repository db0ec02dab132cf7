"""What of the data is likely to mislead. It is measured here; `config.remarks` says it."""

from typing import NamedTuple

import numpy as np

from dlcli.data.dataset import Data
from dlcli.data.leaks import Telling, telling
from dlcli.data.table import Table

MOSTLY_UNSEEN, FEWEST_UNSEEN = 0.9, 5
"""Share of a split's rows with a text that training does not have, from which the column says nothing there; and rows
of it."""


class Strange(NamedTuple):
    """A column of texts, most of which in some splits no training row has. rows: those of so many in `total`. alone:
    there is no other column."""

    column: str
    splits: list[str]
    rows: int
    total: int
    dates: bool
    alone: bool


class Remarks(NamedTuple):
    """mean, deviation: of each value of a regression's target in the training split, as the network learns it."""

    mean: list[float]
    deviation: list[float]
    telling: list[Telling]
    strange: list[Strange]


def remarks_on(tables: dict[str, Table], rows: dict[str, np.ndarray], data: Data, target: np.ndarray) -> Remarks:
    """Everything about tables whose rows are divided. target: of the training rows, as the network learns it."""
    mean = deviation = []
    if data.task == "regression":
        values = target.reshape(len(target), -1)
        mean, deviation = values.mean(0).tolist(), values.std(0).tolist()
    told = telling(tables["train"], rows["train"], target, data.target.size)
    return Remarks(mean, deviation, told, strange(tables, rows, data))


def strange(tables: dict[str, Table], rows: dict[str, np.ndarray], data: Data) -> list[Strange]:
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
            found.append(Strange(name, splits, unknown, total, dates, len(data.columns) == 1))
    return found
