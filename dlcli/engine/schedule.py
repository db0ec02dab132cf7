"""The contract of learning-rate schedules."""

from typing import ClassVar, NamedTuple

from dlcli.engine.component import Component


class Span(NamedTuple):
    """The length of a training run, which schedules given in shares or epochs need."""

    steps_per_epoch: int
    total_steps: int


class Schedule(Component):
    """A factor on the optimizer's learning rate. Schedules in a list multiply.

    `factor(step, span)` is a pure function of the step (0 for the first). Its largest value is that of the first or
    the last step, or 1. Beyond float64 it may raise OverflowError.

    Only a schedule that `observes` may go by more: `observe` is called with the monitored value after each validation
    (`better` is "min" or "max"). `state` and `load` carry what it learned through a checkpoint, as a JSON object;
    `load` raises ValueError if it is none of `state`'s.
    """

    family: ClassVar[str] = "schedules"
    observes: ClassVar[bool] = False

    def check(self, span: Span) -> None:
        """Raise ValueError with one plain sentence if the schedule does not fit a run of this length."""

    def factor(self, step: int, span: Span) -> float:
        raise NotImplementedError

    def observe(self, value: float, better: str) -> None:
        pass

    def state(self) -> dict:
        return {}

    def load(self, state: dict) -> None:
        pass
