"""Measuring a network without touching what is trained: a copy of its parameters, in a network of its own, in
float64."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from dlcli.data.dataset import Dataset
from dlcli.engine.layer import Layer
from dlcli.engine.network import Limits, Network
from dlcli.engine.probe import trace
from dlcli.engine.streams import Stream
from dlcli.health.gauge import Gauge
from dlcli.health.structure import Structure
from dlcli.training.experiment import Experiment

ROWS = 256
"""Samples on which a unit must be silent to be called dead; all rows, if the training split has fewer."""
ELEMENTS = 1 << 23
"""Elements that the values of one pass may have; what is larger is measured in several passes."""
FLOPS, FEWEST_SAMPLES = 1 << 34, 32
"""Floating-point operations of one measurement, a second or so; if 256 rows take more, fewer are measured, but not
fewer than 32."""
LEAST_PASS = 8
"""Rows of a pass, at least: with fewer, a normalisation over the batch would say nothing about training."""


@dataclass
class Measures:
    """One entry at one moment. None: not measured, or nothing to measure.

    forward: root mean square of the output. largest: its largest absolute value; inf if it is not a number, or beyond
    float64. signal: norm of the loss's gradient with respect to the output, over all samples. gradient, weight: norms
    of its parameters' gradient and of its parameters. rms: of each matrix of weights, the root mean square; lean: its
    mean, relative to that. gauged: what the checks' own gauges say, by their names. Norms are Euclidean.
    """

    forward: float
    largest: float
    signal: float | None = None
    gradient: float | None = None
    weight: float | None = None
    rms: dict[str, float] = field(default_factory=dict)
    lean: dict[str, float] = field(default_factory=dict)
    gauged: dict[str, Any] = field(default_factory=dict)


class Snapshot(NamedTuple):
    """A network after `step` steps: the loss over the probe's samples, and the measures of every entry by name."""

    step: int
    loss: float
    layers: dict[str, Measures]


class Probe:
    """Measures states of an experiment's network, on the same samples of the training split each time.

    In training mode (a network is diagnosed as it is trained), in float64 (a gradient of 1e-30 is still a number),
    serial, in one shard. Draws from a stream of its own. gauges: what is measured beside what all states have.
    """

    def __init__(self, experiment: Experiment, gauges: Sequence[type[Gauge]] = (), rows: int = ROWS):
        self.gauges = gauges
        train = experiment.data.splits["train"]
        wanted = min(rows, len(train), max(FEWEST_SAMPLES, FLOPS // max(1, 3 * experiment.graph.flops())))
        self.passes = min(ceil(wanted * experiment.graph.elements() / ELEMENTS), max(1, wanted // LEAST_PASS))
        self.rows = min(ceil(wanted / self.passes), len(train) // self.passes)
        self.samples = self.rows * self.passes
        self.structure = Structure(experiment.graph)
        self.network = Network(
            experiment.graph,
            experiment.loss,
            experiment.data.target,
            None,
            Limits(batch=self.rows, evaluation=self.rows, form="serial"),
            np.float64,
            experiment.seed,
        )
        self.handle = self.network.add(draw(train, self.samples, experiment.seed))
        self.network.start()

    def measure(self, arrays: dict[str, np.ndarray], step: int) -> Snapshot:
        """The state with these parameters and buffers (`Parameters.arrays()` of any network of the experiment)."""
        network = self.network
        network.parameters.load(arrays)
        bound = network.layers(True, self.rows)[0].layers
        meters = {name: Meter(bound[name], self.gauges) for name in self.structure.nodes}
        gradient, loss = np.zeros(network.theta.size), 0.0
        with np.errstate(all="ignore"):
            for i in range(self.passes):
                loss += trace(network, self.handle, lambda name, *event: meters[name].see(*event),
                              i * self.rows, self.rows, step)
                gradient += network.gradients[0]
            layers = {name: self._measures(name, meter, gradient / self.passes) for name, meter in meters.items()}
        return Snapshot(step, float(loss) / self.passes, layers)

    def _measures(self, name: str, meter: "Meter", gradient: np.ndarray) -> Measures:
        parameters = self.network.parameters
        mine, measures = parameters.of(name, parameters.theta), meter.result(self.passes)
        if mine:
            measures.weight = norm(*mine.values())
            if self.structure.nodes[name].trainable:
                measures.gradient = norm(*parameters.of(name, gradient).values())
        for key in self.structure.matrices(name):
            measures.rms[key] = rms = float(np.sqrt(np.mean(np.square(mine[key]))))
            measures.lean[key] = float(mine[key].mean()) / rms if rms else 0.0
        return measures


class Meter:
    """Looks on while passes are traced, and sums up what one entry shows."""

    def __init__(self, layer: Layer, gauges: Sequence[type[Gauge]]):
        self.gauges = [gauge(layer) for gauge in gauges if gauge.fits(layer)]
        self.squares, self.elements, self.largest = 0.0, 0, 0.0
        self.signal = None

    def see(self, event: str, x, y, dy, dx) -> None:
        if event == "forward":
            top = float(np.abs(y).max(initial=0))
            self.largest = max(self.largest, top) if top < np.inf else np.inf
            self.squares += float(np.vdot(y, y))
            self.elements += y.size
            for gauge in self.gauges:
                gauge.see(x, y)
        elif event == "gradient":
            self.signal = (self.signal or 0.0) + float(np.vdot(dy, dy))
            for gauge in self.gauges:
                gauge.back(dy)

    def result(self, passes: int) -> Measures:
        m = Measures(float(np.sqrt(self.squares / max(1, self.elements))), float(self.largest))
        if self.signal is not None:
            m.signal = float(np.sqrt(self.signal)) / passes
        m.gauged = {gauge.name: gauge.value() for gauge in self.gauges}
        return m


def norm(*arrays: np.ndarray) -> float:
    """Euclidean norm of all elements, in float64."""
    return float(np.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays)))


def draw(data: Dataset, rows: int, seed: int) -> Dataset:
    """Some rows of a split, floats as float64, drawn from the probe's own stream."""
    ids = np.arange(rows)
    if len(data) > rows:
        ids = np.sort(Stream(seed, "health", "rows").at().choice(len(data), rows, replace=False))
    return data.rows(ids, np.float64)
