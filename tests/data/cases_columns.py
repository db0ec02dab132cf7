"""One row for each type of column: what it is learned from, what a checkpoint then says of it, and the numbers that the
network gets."""

from dataclasses import dataclass, field

import numpy as np

from dlcli.data.table import Column

NAN = np.nan
PLAIN = {"divisor": 1.0, "picture": None, "fill": None, "categories": None, "indicator": False, "steps": []}
"""What the record of a column says that has no use for it."""


@dataclass
class Case:
    """column: six rows, of which the first four are for training. record: what is learned of it, beside name, type and
    field, where it is not as in `PLAIN`. rows: all rows as the network reads them, those that differ in no way from the
    training rows and those that do. unknown: rows with a text that training has not. prepare: the steps."""

    kind: str
    column: Column
    record: dict
    rows: list
    prepare: list = field(default_factory=list)
    unknown: list[int] | None = None


def texts(kind: str, *values: str | None) -> Column:
    words = sorted({value for value in values if value is not None})
    return Column(np.array([-1 if value is None else words.index(value) for value in values]), words, kind)


PIXELS = np.array([[0, 255], [255, 0], [0, 0], [255, 255], [51, 0], [0, 51]], np.uint8).reshape(6, 2, 1)

CASES = [
    Case("numeric", Column(np.array([1.0, 3.0, 1.0, 3.0, 5.0, 2.0])),
         {"shape": [], "steps": [{"kind": "standardize", "mean": 2.0, "scale": 1.0}], "at": 0, "width": 1},
         [[-1], [1], [-1], [1], [3], [0]], ["standardize"]),
    Case("numeric", Column(np.array([1.0, NAN, 3.0, 3.0, NAN, 2.0])),
         {"shape": [], "indicator": True, "steps": [{"kind": "impute", "fill": 3.0}], "at": 0, "width": 1},
         [[1, 0], [3, 1], [3, 0], [3, 0], [3, 1], [2, 0]], [{"impute": {"indicators": True}}]),
    Case("numeric", Column(np.arange(12.0).reshape(6, 2)), {"shape": [2]}, np.arange(12.0).reshape(6, 2)),
    Case("picture", Column(PIXELS, kind="picture", divisor=255.0, picture=(2, 1, 1), top=255.0),
         {"shape": [2, 1], "divisor": 255.0, "picture": {"shape": [2, 1, 1], "top": 255.0, "edge": 0.5}},
         PIXELS / np.float32(255)),
    Case("one_hot", texts("one_hot", "b", "a", None, "b", "c", "a"),
         {"shape": [], "categories": ["a", "b", None], "at": 0, "width": 3},
         [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0], [1, 0, 0]], unknown=[4]),
    Case("one_hot", texts("one_hot", "b", "a", None, "b", None, "a"),
         {"shape": [], "fill": "b", "categories": ["a", "b"], "at": 0, "width": 2},
         [[0, 1], [1, 0], [0, 1], [0, 1], [0, 1], [1, 0]],
         [{"impute": {"columns": ["c"], "strategy": "most_frequent"}}], unknown=[]),
    Case("ordinal", texts("ordinal", "10", "9", "2", "9", "3", "2"),
         {"shape": [], "categories": ["2", "9", "10"], "at": 0, "width": 1},
         [[3], [2], [1], [2], [0], [1]], unknown=[4]),
    Case("embedded", texts("embedded", "b", "a", "b", "b", "c", None), {"shape": [], "categories": ["a", "b"]},
         [2, 1, 2, 2, 0, 0], unknown=[4, 5]),
]
