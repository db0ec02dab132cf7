"""The contract of metrics."""

from typing import ClassVar

from dlcli.engine.component import Component
from dlcli.engine.spec import Spec


class Metric(Component):
    """A number about predictions, gathered batch by batch.

    `start(t, positive)` forgets everything; t is the target's Spec and positive the id of the positive class of a
    binary task, or None. `update(y, p, t)` adds a batch: outputs, predictions (`Loss.predict`), targets. For values all
    three are in the target's own units; outputs are raw for classes, and so are predictions if `by_choice`. `result()`
    is the value over all that was added (float; nan if it is not defined).

    `state` and `load` carry what was gathered through a checkpoint, as one array, so that a resumed epoch reports the
    same number. Its shape is that after `start`; one that grows with the rows has 0 along its first axis then.
    """

    family: ClassVar[str] = "metrics"
    better: ClassVar[str] = "max"
    """Whether a larger ("max") or a smaller ("min") value is better."""
    task: ClassVar[str] = "any"
    """What it needs of the target: "classification", "binary", "regression" or "any"."""

    whole_rows: ClassVar[bool] = False
    """False: `update` sees each place of a row as an observation, all real ones of a batch side by side; what is padded
    never comes to it. True: it gets lists, an array per row, each cut to its real length."""
    quantiles: ClassVar[bool] = False
    """True: it judges the quantiles that a loss such as `pinball` fits, which are the outputs."""
    by_choice: ClassVar[bool] = False
    """True: of several classes only the largest output counts, so raw outputs serve as predictions (and save a
    softmax)."""

    def start(self, t: Spec, positive: int | None = 1) -> None:
        raise NotImplementedError

    def update(self, y, p, t) -> None:
        raise NotImplementedError

    def result(self) -> float:
        raise NotImplementedError

    def state(self):
        raise NotImplementedError

    def load(self, state) -> None:
        raise NotImplementedError
