"""Where a training run stands: all that a checkpoint must hold beside the arrays."""

from dataclasses import asdict, dataclass, field


@dataclass
class Best:
    """The best epoch so far by the monitored value; `step` names its checkpoint."""

    value: float
    epoch: int
    step: int


@dataclass
class Progress:
    """The state of the loop as JSON values.

    epoch: epochs finished. position: rows of the running epoch that are done. step: steps done in all.
    loss_sum, norm_sum, rows, steps: running sums of the epoch. stale: epochs since the monitored value improved.
    seconds: training time of all sittings together. stopped: why training ended early, or None.
    """

    epoch: int = 0
    position: int = 0
    step: int = 0
    loss_sum: float = 0.0
    norm_sum: float = 0.0
    rows: int = 0
    steps: int = 0
    stale: int = 0
    seconds: float = 0.0
    best: Best | None = None
    stopped: str | None = None
    schedules: list[dict] = field(default_factory=list)

    def state(self) -> dict:
        return asdict(self)

    @classmethod
    def of(cls, state: dict) -> "Progress":
        best = state.get("best")
        return cls(**{**state, "best": Best(**best) if best else None})

    def begin_epoch(self) -> None:
        self.loss_sum = self.norm_sum = 0.0
        self.rows = self.steps = self.position = 0
