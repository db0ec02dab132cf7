"""Which of two classes precision, recall and F1 are about."""

import re

from dlcli.data.table import Table
from dlcli.data.target.classes import count, ids_among
from dlcli.errors import ConfigError
from dlcli.text import quoted, quoted_list

YES = re.compile(r"\+?1(\.0*)?|true|yes|positive|pos|\+", re.IGNORECASE)
"""Names of a class that say by themselves which of two is the positive one."""
PAIRS = {("y", "n"), ("t", "f")}
"""Single letters say it only beside their opposite."""


def positive_class(positive: object, labels: list[str], tables: dict[str, Table]) -> int | None:
    """Id of the class that binary metrics are about; None unless binary.

    It is the one named; else the one that says yes (1, true, positive, ...), if exactly one does; else the rarer in all
    rows of all tables, the later of equals. None of this depends on how rows are drawn into splits, so that runs which
    differ in their seed can be compared.
    """
    if positive is None:
        if len(labels) != 2:
            return None
        sure = [says_yes(label, labels[1 - i]) for i, label in enumerate(labels)]
        if sum(sure) == 1:
            return sure.index(True)
        first, second = _rows_of_each(labels, tables)
        return int(second <= first)
    names = [label.lower() for label in labels] if isinstance(positive, bool) else labels
    name = str(positive).lower() if isinstance(positive, bool) else str(positive)
    (found,) = ids_among([name], names)
    if found < 0:
        raise ConfigError("data.positive", f"there is no class {quoted(name)}",
                          f"the classes are {quoted_list(labels)}")
    return found if len(labels) == 2 else None


def says_yes(label: str, other: str) -> bool:
    """Whether the name of one of two classes says that it is the positive one."""
    label, other = label.strip().lower(), other.strip().lower()
    return bool(YES.fullmatch(label)) or (label, other) in PAIRS


def _rows_of_each(labels: list[str], tables: dict[str, Table]) -> list[int]:
    """Rows (pixels) of each class in all tables, also those that no split took."""
    total = [0] * len(labels)
    for table in tables.values():
        names, ids = (labels, table.target.values) if table.labels == labels else table.target.classes
        for i, rows in zip(ids_among(names, labels), count(ids, len(names))):
            if i >= 0:
                total[i] += rows
    return total
