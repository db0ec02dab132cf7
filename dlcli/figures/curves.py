"""What a journal holds, as curves to be drawn."""

import re
from math import inf, isfinite, nan
from typing import NamedTuple

DECADES = 100.0
"""From this ratio of the largest to the smallest value on, the axis of a loss or a gradient norm is logarithmic."""

MOST = 40
"""Values of which there is a curve: more than there are metrics."""
LINES = "train", "validation"
SPLITS = *LINES, "train_evaluated"


class Curve(NamedTuple):
    """One picture. name: `loss`, a metric, `learning_rate` or `gradient_norm`. x: "epoch" or "step".

    lines: label ("train", "validation", or "" for the only one) to points (xs, ys); a y that is not known is nan. best:
    the point of the best epoch, or None if the run keeps none. If the best epoch goes by the training split, the point
    is of the weights after the epoch and may lie off the line. log: the values are positive and span decades.
    """

    name: str
    x: str
    lines: dict[str, tuple[list[float], list[float]]]
    best: tuple[float, float] | None
    log: bool

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()


def curves(run) -> list[Curve]:
    """Loss, then each metric, the learning rate and the gradient norm: those of which the run's journal holds a value.

    The last two are drawn over steps if the journal has them, else over epochs.
    """
    records = run.journal.read()
    epochs, steps = ([record for record in records if record.get("kind") == kind] for kind in ("epoch", "step"))
    names = dict.fromkeys(
        name for record in epochs for split, values in _splits(record).items() if split in LINES for name in values
    )
    drawn = [_judged(name, epochs) for name in sorted(names, key=lambda name: name != "loss")[:MOST]]
    drawn += [
        _single(name, steps, "step") or _single(name, epochs, "epoch") for name in ("learning_rate", "gradient_norm")
    ]
    return [curve for curve in drawn if curve is not None]


def _judged(name: str, epochs: list[dict]) -> Curve | None:
    """A value that train and validation both may have."""
    lines = {}
    for split in LINES:
        points = [
            (_number(record.get("epoch")), _number(_splits(record).get(split, {}).get(name))) for record in epochs
        ]
        lines |= _line(split, points)
    if not lines:
        return None
    xs, ys = lines.get("validation") or lines["train"]
    best = [record for record in epochs if record.get("best") is True][-1:]
    evaluated = _splits(best[0]).get("train_evaluated", {}) if best and "validation" not in lines else {}
    points = [
        (x, _number(evaluated.get(name, y)))
        for x, y in zip(xs, ys, strict=True)
        if best and x == _number(best[0].get("epoch"))
    ]
    return Curve(
        name,
        "epoch",
        lines,
        points[0] if points and isfinite(points[0][1]) else None,
        _spans_decades(lines) and name == "loss",
    )


def _single(name: str, records: list[dict], x: str) -> Curve | None:
    lines = _line("", [(_number(record.get(x)), _number(record.get(name))) for record in records])
    return Curve(name, x, lines, None, _spans_decades(lines) and name == "gradient_norm") if lines else None


def _line(label: str, points: list[tuple[float, float]]) -> dict:
    points = [point for point in points if isfinite(point[0])]
    if not any(isfinite(y) for _, y in points):
        return {}
    return {label: ([x for x, _ in points], [y for _, y in points])}


def _spans_decades(lines: dict) -> bool:
    ys = [y for _, line in lines.values() for y in line if isfinite(y)]
    return min(ys, default=0) > 0 and max(ys, default=0) / min(ys, default=inf) >= DECADES


def _splits(record: dict) -> dict[str, dict]:
    """The values of each split, with names that can also name a file."""
    found = {split: record[split] for split in SPLITS if isinstance(record.get(split), dict)}
    return {split: {name: value for name, value in values.items() if re.fullmatch(r"\w{1,64}", name, re.ASCII)}
            for split, values in found.items()}


def _number(value) -> float:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 else nan
    )
