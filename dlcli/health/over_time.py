"""How an error signal changes on its way back through the steps of a sequence.

At each row's last step a signal is put into the state, a random direction of length 1; it is carried back through the
recurrence alone (a product of a vector with the Jacobian of the state behind the last step by the states before it).
What the loss asks of the steps on the way is left out. It would hide what is to be seen: if each step has an error of
its own, the gradient is of about the same size everywhere, even if nothing of it comes from further than a step away.
"""

from math import inf, log10
from typing import NamedTuple

import numpy as np

from dlcli.engine.streams import Stream
from dlcli.health.gauge import Gauge

LEAST = 1e-290
"""What is smaller has no digits left in float64, and has no part in the slope."""
OWN = 0.1
"""Share of the gradient (as a norm) that both halves of the steps must have to be asked for something themselves."""


class Fade(NamedTuple):
    """What arrives of a signal 0, 1, 2, ... steps back, in one cell: the median over all rows, as far as at least half
    of them go. 1 at the beginning."""

    signal: list[float]

    @property
    def steps(self) -> int:
        return len(self.signal)

    @property
    def half(self) -> int:
        """Half of the way back to the first step."""
        return self.steps // 2

    @property
    def half_way(self) -> float:
        return self.signal[self.half]

    @property
    def growth(self) -> float:
        """log10 of the largest."""
        top = max(self.signal)
        return log10(top) if 0 < top < inf else top

    @property
    def decades_per_step(self) -> float:
        """Slope of the straight line that fits log10 of the signal best; -inf if nothing arrives one step back."""
        logs = np.array(self.signal)
        known = np.flatnonzero((logs > LEAST) & np.isfinite(logs))
        if len(known) < 2:
            return -inf if self.steps > 1 else 0.0
        return float(np.polyfit(known, np.log10(logs[known]), 1)[0])

    @property
    def half_life(self) -> float | None:
        """Steps in which the signal falls to half; None if it grows."""
        return log10(0.5) / slope if (slope := self.decades_per_step) < 0 else None

    @property
    def doubling(self) -> float | None:
        """Steps in which the signal becomes twice as large; None if it does not grow."""
        return log10(2) / slope if (slope := self.decades_per_step) > 0 else None


class OverTime(NamedTuple):
    """cells: of a recurrent layer, by name. own: whether the loss asks for something at both halves of the steps
    without the way through time, so that none has to wait for what comes back from the last."""

    cells: dict[str, Fade]
    own: bool


class SignalOverTime(Gauge):
    """What arrives of a signal so many steps back."""

    name = "over time"
    missing = "there is no recurrent layer"

    def __init__(self, layer):
        super().__init__(layer)
        self.rng = Stream(0, "health", "over time").at()
        self.norms: dict[str, list[np.ndarray]] = {}
        self.squares = np.zeros(2)

    @classmethod
    def fits(cls, layer):
        return layer.memory is not None

    def see(self, x, y):
        for cell, norms in self.layer.signal_over_time(self.rng).items():
            self.norms.setdefault(cell, []).append(norms)

    def back(self, dy):
        if dy.ndim < 3:
            return
        rows, steps = dy.shape[:2]
        lengths = self.layer.lengths[0]
        middle = np.full(rows, steps) if lengths is None else lengths
        second = np.arange(steps) >= middle[:, None] / 2
        for part, where in enumerate((~second, second)):
            self.squares[part] += float(np.square(dy).sum(-1)[where].sum())

    def value(self):
        total = self.squares.sum()
        own = bool(total > 0 and np.isfinite(total) and (self.squares >= OWN ** 2 * total).all())
        return OverTime({cell: _median(np.concatenate(norms)) for cell, norms in self.norms.items()}, own)


def _median(norms: np.ndarray) -> Fade:
    """Of norms (rows, steps), NaN behind the end of a row."""
    reach = int(np.sum(2 * np.count_nonzero(~np.isnan(norms), 0) >= len(norms))) if len(norms) else 0
    return Fade(np.nanmedian(norms[:, :reach], 0).tolist())
