"""What a training writes to its run folder, and when."""

import time

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.run import Run
from dlcli.training.progress import Progress
from dlcli.training.settings import Checkpoints
from dlcli.training.state import capture


class Saver:
    """Writes to one run. What stands in the journal is on the disk before a checkpoint that knows of it (`Run.save`).

    data_state: what prediction needs to know of the data; part of each checkpoint.
    """

    def __init__(self, run: Run, settings: Checkpoints, data_state: dict):
        self.run, self._settings, self._data_state = run, settings, data_state
        self._recorded = 0          # the epoch that an earlier sitting may have written down already
        self.start()

    def start(self) -> None:
        """The seconds until the next checkpoint count from now."""
        self._saved_at = time.monotonic()

    def due(self, step: int) -> bool:
        """Whether to save after so many steps, or because it was long ago."""
        s = self._settings
        by_steps = bool(s.every_steps) and step % s.every_steps == 0
        return by_steps or time.monotonic() - self._saved_at >= s.every_seconds

    def resumed_in_validation(self, progress: Progress) -> None:
        """The sitting before was stopped at the end of an epoch whose line it may have written, or not."""
        self._recorded = progress.epoch + 1

    def record(self, record: dict) -> None:
        """Write an epoch's line, unless an earlier sitting, lost after its checkpoint of the validation, has."""
        last = self.run.journal.last("epoch") if record["epoch"] == self._recorded else None
        if last is None or last["epoch"] != record["epoch"]:
            self.run.journal.append(record)

    def save(self, trainer) -> None:
        """Write a checkpoint; before it the best epoch's, if that is not on the disk yet, since the other names it."""
        p, best, keep = trainer.progress, trainer.best, self._settings.keep
        checkpoint = capture(trainer, self._data_state, best.name)
        if best.arrays is not None and best.name is None:
            arrays = {f"model/{name}": array for name, array in best.arrays.items()}
            state = checkpoint.state | {"step": p.best.step, "epoch": p.best.epoch}
            best.name = self.run.save(Checkpoint(arrays, state), p.best.step, best=True, keep=keep)
            checkpoint.state["best"] = best.name
        self.run.save(checkpoint, p.step, keep=keep)
        self._saved_at = time.monotonic()
