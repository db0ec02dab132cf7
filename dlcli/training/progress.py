"""Where a training run stands: all that a checkpoint must hold beside the arrays."""

from dataclasses import asdict, dataclass, field

from dlcli.storage.forms import anything, check, each, maybe, number, record, table, text, whole


@dataclass
class Best:
    """The best epoch so far by the monitored value; `step` names its checkpoint."""

    value: float
    epoch: int
    step: int


@dataclass
class Progress:
    """The state of the loop as JSON values.

    epoch: epochs finished. passes: passes over the training split finished, as many if an epoch is one. position: rows
    of the running pass that are done. step: steps done in all.
    loss_sum, weight, norm_sum, rows, steps: running sums of the epoch. `weight` is what the losses are divided by
    (rows, elements, or class weights), so that the epoch's loss is such a mean as each step's loss is. stale: epochs
    since the monitored value improved. seconds: training time of all sittings together. stopped: why training
    ended early, or None.
    """

    epoch: int = 0
    passes: int = 0
    position: int = 0
    step: int = 0
    loss_sum: float = 0.0
    weight: float = 0.0
    norm_sum: float = 0.0
    rows: int = 0
    steps: int = 0
    stale: int = 0
    seconds: float = 0.0
    best: Best | None = None
    stopped: str | None = None
    schedules: list[dict] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """Mean loss of the running epoch so far."""
        return self.loss_sum / self.weight if self.weight else 0.0

    def state(self) -> dict:
        return asdict(self)

    @classmethod
    def of(cls, state: dict) -> "Progress":
        """The opposite of `state`. `forms.FormError`, or TypeError for another name, if it is none: it comes from a
        file."""
        check(STATE, state)
        best = Best(**state["best"]) if state["best"] else None
        made = cls(**{"passes": state["epoch"], **state, "best": best})     # once an epoch was always a pass
        if "passes" not in state and made.position == 0:
            made.steps = 0
        return made

    def begin_epoch(self) -> None:
        self.loss_sum = self.weight = self.norm_sum = 0.0
        self.rows = self.steps = 0


STATE = record(
    {"passes": whole}, epoch=whole, position=whole, step=whole, loss_sum=number, weight=number, norm_sum=number,
    rows=whole, steps=whole, stale=whole, seconds=number, stopped=maybe(text),
    best=maybe(record(value=number, epoch=whole, step=whole)), schedules=each(table(anything)))
"""The form of `Progress.state`."""
