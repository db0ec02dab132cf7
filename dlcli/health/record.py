"""What was measured of one training, as the checks read it."""

from dataclasses import dataclass, field
from math import prod
from statistics import median
from typing import NamedTuple

import numpy as np

from dlcli.data.evenly import evenly
from dlcli.health.measure import Measures, Snapshot
from dlcli.health.structure import Structure
from dlcli.training.experiment import Experiment

LOOK, ELEMENTS = 1000, 1 << 22
"""Rows from which the size of the inputs is taken, and how many numbers they may have; but FEWEST_ROWS at least."""
FEWEST_ROWS = 16


class Overflow(NamedTuple):
    """The step (from 1) in which loss or gradient was no longer finite, and the network as it was right before."""

    step: int
    before: Snapshot


@dataclass
class Record:
    """snapshots: the first is the initialisation, before any update; the others in order of their steps. losses: of a
    run's epochs, then of the steps that were watched. norms: the gradient norm in a run's epochs. epochs: of a run, the
    records of its journal. ended: loss and metrics of the training split at the end of a run that is complete, else
    empty. ratios: for each entry with parameters, the size of each watched update relative to the parameters, |change|
    / |value|; first: that of the very first update, from the initialisation. rows: of the training split; samples:
    those of them that the probe used; passes: in how many equal parts. early: the state after the first steps of a run
    with plain recurrent layers that has learned nothing, else None."""

    experiment: Experiment
    structure: Structure
    rows: int
    samples: int
    passes: int
    snapshots: list[Snapshot] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    epochs: list[dict] = field(default_factory=list)
    ended: dict = field(default_factory=dict)
    ratios: dict[str, list[float]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    overflow: Overflow | None = None
    early: Snapshot | None = None

    @property
    def start(self) -> Snapshot:
        return self.snapshots[0]

    @property
    def last(self) -> Snapshot:
        return self.snapshots[-1]

    @property
    def later(self) -> list[Snapshot]:
        """All but the initialisation."""
        return self.snapshots[1:]

    @property
    def learns(self) -> bool:
        """Whether the loss of the samples measured has fallen to less than half since the initialisation."""
        return self.last.loss < self.start.loss / 2

    @property
    def input_scale(self) -> float:
        """Root mean square of the numbers that the network reads, of the field where it is largest."""
        fields = [some_rows(x) for x in self.experiment.data.splits["train"].inputs.values() if x.dtype.kind == "f"]
        return max((float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) for x in fields), default=0.0)

    def add(self, ratios: dict[str, float]) -> None:
        """Those of one more update."""
        for name, ratio in ratios.items():
            self.ratios.setdefault(name, []).append(ratio)

    def at(self, step: int) -> Snapshot:
        """The state after a step."""
        return next(snapshot for snapshot in self.snapshots if snapshot.step == step)

    def ratio(self, name: str) -> float | None:
        """The median update relative to the parameters."""
        seen = self.ratios.get(name)
        return median(seen) if seen else None

    def of(self, name: str) -> list[Measures]:
        """One entry's measures over time."""
        return [snapshot.layers[name] for snapshot in self.snapshots]


def some_rows(values, rows: int = LOOK) -> np.ndarray:
    """Some rows of an array or of what can be read like one, from its beginning to its end: a file may be sorted."""
    most = max(FEWEST_ROWS, ELEMENTS // max(1, prod(values.shape[1:])))
    return np.asarray(values[evenly(len(values), min(rows, most))])
