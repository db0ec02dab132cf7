"""Learning rate that rises at the start."""

from typing import Annotated

from annotated_types import Ge, Gt

from dlcli.engine.schedule import Schedule, Span


class LinearWarmup(Schedule):
    """Lets the learning rate rise in equal parts over the first n steps, 1/n, 2/n, ..., 1; after them it is left alone.

    Step by step as PyTorch's LinearLR with start_factor 1/n and total_iters n - 1. Put it before another schedule in
    the list: the two are multiplied, and the other counts from the first step too. Takes `epochs` or `steps`, one of
    them.
    """

    epochs: Annotated[float, Gt(0)] | None = None
    """How long it rises, in epochs; half an epoch is 0.5."""
    steps: Annotated[int, Ge(1)] | None = None
    """How long it rises, in steps."""

    def __post_init__(self):
        if (self.epochs is None) == (self.steps is None):
            raise ValueError(
                "linear_warmup needs either epochs or steps" + ("" if self.epochs is None else ", not both")
            )

    def check(self, span):
        if self._length(span) > span.total_steps:
            asked, there = (f"{self.steps} steps", span.total_steps) if self.steps else \
                (f"{self.epochs:g} epochs", f"{span.total_steps / span.steps_per_epoch:g}")
            raise ValueError(f"a warm-up of {asked} is longer than the run, which has {there}")

    def factor(self, step, span):
        return min(1.0, (step + 1) / self._length(span))

    def _length(self, span: Span) -> int:
        return self.steps or max(1, round(min(self.epochs * span.steps_per_epoch, 2.0 ** 63)))
