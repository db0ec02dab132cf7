"""Share of targets within the predicted interval."""

from typing import ClassVar

from dlcli.metrics.formulas.errors import MeanError


class Coverage(MeanError):
    """Share of the targets that lie from the least to the greatest predicted quantile, ends included.

    With the quantiles 0.1 and 0.9 of the loss `pinball` it should be 0.8: less says that the network is too sure, more
    that it is not sure enough.
    """

    better: ClassVar[str] = "max"
    quantiles: ClassVar[bool] = True

    def update(self, y, p, t) -> None:
        if not len(t):
            return
        each = y.reshape(*t.shape, -1)
        inside = (each.min(-1) <= t) & (t <= each.max(-1))
        self.sums[0] += len(t)
        self.sums[1:] += inside.reshape(len(t), -1).sum(0)
