"""dlcli's side of the rows of whole networks."""

from collections.abc import Callable

import numpy as np

from dlcli.data.dataset import Data, Dataset
from dlcli.engine import registry
from dlcli.engine.graph import Entry
from dlcli.engine.spec import Spec
from dlcli.storage.machine import cores
from dlcli.training.experiment import Experiment
from dlcli.training.interrupt import StopRequest
from dlcli.training.loop import Trainer
from dlcli.training.settings import Training

CORES = cores()


def classified(x: np.ndarray, t: np.ndarray) -> Data:
    """Rows of numbers, and a class of each."""
    counts = tuple(np.bincount(t).tolist())
    target = Spec((), "int", len(counts), counts=counts)
    return Data({"train": Dataset({"x": x}, t)}, {"x": Spec(x.shape[1:])}, target, "classification")


class Ours:
    """The loop of `dlcli train` itself, without a run folder; calling it trains one epoch, which is all rows in their
    order.

    entries: (name, spec, sources) of each layer. initial: a copy of the parameters that it started from.
    """

    def __init__(self, data: Data, entries: list[tuple], loss: str, rule: dict, batch: int, workers: int):
        made = [Entry(name, registry.create("layers", spec), sources) for name, spec, sources in entries]
        experiment = Experiment(
            "bench",
            0,
            made,
            registry.create("losses", loss),
            registry.create("optimizers", rule),
            [],
            [registry.create("metrics", "accuracy")],
            Training(epochs=10**6, batch_size=batch, shuffle=False),
            data,
        )
        self.trainer = Trainer(experiment, workers=workers)
        self.initial = {name: array.copy() for name, array in self.trainer.network.parameters.arrays().items()}
        self.trainer.start()
        self._request = StopRequest()

    def __call__(self) -> float:
        self.trainer.run_epoch(self._request)
        return self.trainer.last[0]

    def set_rate(self, rate: float) -> None:
        self.trainer.experiment.optimizer.learning_rate = rate

    def close(self) -> None:
        self.trainer.close()


def agree(name: str, losses: tuple[float, float]) -> None:
    """End the benchmark if the two sides have not computed the same."""
    if abs(losses[0] - losses[1]) > 1e-3 * abs(losses[1]):
        raise SystemExit(f"{name}: the two sides do not compute the same: losses {losses} after three steps")


def twice(side: Callable) -> None:
    """Two samples of one side by itself, for its memory."""
    side(), side()
    if isinstance(side, Ours):
        side.close()
