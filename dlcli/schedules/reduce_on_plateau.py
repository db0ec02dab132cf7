"""Learning rate that falls when training no longer gets better."""

from math import isfinite
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from dlcli.engine.schedule import Schedule
from dlcli.storage.forms import check, maybe, number, record, whole

STATE = record(share=number, best=maybe(number), bad=whole, cooling=whole)


class ReduceOnPlateau(Schedule):
    """Multiplies the learning rate by gamma when the monitored value has stopped improving, as PyTorch's
    ReduceLROnPlateau does.

    Watches what `training.monitor` names (by default the validation loss), once per epoch; the rate changes from the
    next epoch on. A value that is not finite is no improvement.
    """

    observes = True

    gamma: Annotated[float, Gt(0), Lt(1)] = 0.1
    """What is left of the rate after each fall."""
    patience: Annotated[int, Ge(0)] = 10
    """Epochs in a row without improvement that are put up with; the rate falls at the next one."""
    min_delta: Annotated[float, Ge(0)] = 1e-4
    """Only a change larger than this counts as an improvement, in the units of the value."""
    cooldown: Annotated[int, Ge(0)] = 0
    """Epochs after a fall in which nothing is counted."""
    minimum: Annotated[float, Ge(0), Le(1)] = 0.0
    """Share of the learning rate below which it never falls."""

    def __post_init__(self):
        self.share, self.best, self.bad, self.cooling = 1.0, None, 0, 0

    def factor(self, step, span):
        return self.share

    def observe(self, value, better):
        gain = 0.0 if self.best is None else (self.best - value if better == "min" else value - self.best)
        if isfinite(value) and (self.best is None or gain > self.min_delta):
            self.best, self.bad = value, 0
        else:
            self.bad += 1
        if self.cooling:
            self.cooling -= 1
            self.bad = 0
        if self.bad > self.patience:
            self.share, self.bad, self.cooling = max(self.share * self.gamma, self.minimum), 0, self.cooldown

    def state(self):
        return {"share": self.share, "best": self.best, "bad": self.bad, "cooling": self.cooling}

    def load(self, state):
        check(STATE, state)
        self.share, self.best, self.bad, self.cooling = (state[name] for name in ("share", "best", "bad", "cooling"))
