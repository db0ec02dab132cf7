"""What a training calls at its events: a display of progress, the observer of the health checks."""


class Watcher:
    """Gets a call at each event of the loop; changes nothing that is trained. Subclasses write only what they need.

    `trainer.progress` says where training stands, `trainer.last` the loss, gradient norm and learning rate of the step
    just done.
    """

    def start(self, trainer) -> None:
        """After the workers are started, before the first step."""

    def step(self, trainer) -> None:
        """After each step. On the hot path: return quickly."""

    def epoch(self, trainer, record: dict) -> None:
        """After each epoch and its validation; `record` is the journal's line."""

    def saved(self, trainer, name: str) -> None:
        """After a checkpoint is on the disk."""

    def end(self, trainer, status: str) -> None:
        """Once, however training ended; workers are still there."""
