"""Numbers that leave the range of the float type."""

import numpy as np

from dlcli.health.finding import CannotSay, Check, Finding
from dlcli.health.record import Record


class StaysFinite(Check):
    """Does the loss or the gradient become infinite or NaN in the steps watched?

    The layer named is the first, from input to output, whose output right before that step lies beyond the range of the
    float type (3.4e38 for float32) on some sample. If there is none, it is the first, from output to input, at which
    the error signal does; else the one whose weights have grown most.

    Sources: IEEE 754.
    """

    code = "N01"
    place = 80
    title = "numbers that are no longer finite"

    def look(self, record: Record) -> Finding | None:
        if record.overflow is None:
            if not record.losses:
                raise CannotSay("no step was watched")
            return None
        step, before = record.overflow
        layer, value = culprit(record)
        top = float(np.finfo(record.experiment.dtype).max)
        return self.finding(
            2,
            "not_finite",
            layer,
            [layer],
            before,
            measure=f"largest number at {layer}",
            value=value,
            limit=top,
            healthy=(0.0, top),
            says=f"in step {step}, loss or gradient is no longer a finite number; it begins at {layer}",
        )


def culprit(record: Record) -> tuple[str, float]:
    """The entry at which the overflow begins, and the largest number seen there."""
    top, layers = float(np.finfo(record.experiment.dtype).max), record.overflow.before.layers
    for name, m in layers.items():
        if not m.largest <= top:
            return name, m.largest
    for name, m in reversed(layers.items()):
        if m.signal is not None and not m.signal <= top:
            return name, m.signal
    growth = {
        name: m.weight / record.start.layers[name].weight
        for name, m in layers.items()
        if record.start.layers[name].weight
    }
    name = max(growth, key=growth.get) if growth else record.structure.output
    return name, layers[name].largest
