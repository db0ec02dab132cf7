"""A trainer's state as a checkpoint, and back."""

import numpy as np

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.drift import made
from dlcli.artifacts.run import Run

SCHEMA_VERSION = 1


def capture(trainer, data_state: dict, best: str | None) -> Checkpoint:
    """Everything that training needs to go on from here with the same bytes, that prediction needs without the data,
    and what its run was made with. best: file name of the best epoch's checkpoint, if it is on the disk."""
    network = trainer.network
    arrays = {f"model/{name}": array for name, array in network.parameters.arrays().items()}
    arrays |= {f"optimizer/{name}": vector for name, vector in network.update.slots.items()}
    arrays |= {f"state/{name}": array for name, array in network.states.items()}
    arrays |= {f"metrics/{name}": array for name, array in trainer.scores.state().items()}
    state = {"schema_version": SCHEMA_VERSION, "step": trainer.progress.step, "epoch": trainer.progress.epoch,
             "progress": trainer.progress.state(), "data": data_state, "best": best, "made": made(trainer.run)}
    return Checkpoint(arrays, state)


def part(checkpoint: Checkpoint, prefix: str) -> dict[str, np.ndarray]:
    """The arrays of one part (`model`, `optimizer`, `state`, `metrics`), without the prefix."""
    return {
        name.removeprefix(prefix + "/"): array
        for name, array in checkpoint.arrays.items()
        if name.startswith(prefix + "/")
    }


def model_arrays(run: Run) -> dict[str, np.ndarray]:
    """Parameters and buffers of a run by stable name: of the best epoch if the run kept it, else the last ones."""
    return part(run.best_or_last(), "model")


def restore(trainer, checkpoint: Checkpoint) -> None:
    """Put a captured state back into a trainer of the same config. ValueError if the arrays are not those that it
    has."""
    network = trainer.network
    for kind, mine in (
        ("model", network.parameters.arrays()),
        ("optimizer", network.update.slots),
        ("state", network.states),
    ):
        for name, array in fitting(checkpoint, kind, mine).items():
            mine[name][...] = array
    _restore_scores(trainer.scores, part(checkpoint, "metrics"))


def fitting(checkpoint: Checkpoint, kind: str, mine: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of one part. ValueError if they have other names, shapes or types than mine."""
    theirs = part(checkpoint, kind)
    if odd := sorted(mine.keys() ^ theirs.keys()):
        raise ValueError(f"{kind}/{odd[0]} is in only one of the two")
    for name, array in theirs.items():
        if (array.shape, array.dtype) != (mine[name].shape, mine[name].dtype):
            raise ValueError(f"{kind}/{name} is {array.dtype} {array.shape}, expected {mine[name].dtype} "
                             f"{mine[name].shape}")
    return theirs


def _restore_scores(scores, theirs: dict[str, np.ndarray]) -> None:
    scores.start()
    for name, mine in scores.state().items():
        array = theirs[name]
        rows = array.shape[:1] if mine.shape[:1] == (0,) else mine.shape[:1]        # as many rows as have been ranked
        if (array.shape, array.dtype) != (rows + mine.shape[1:], mine.dtype):
            raise ValueError(f"metrics/{name} is {array.dtype} {array.shape}, expected {mine.dtype} {mine.shape}")
    scores.load(theirs)
