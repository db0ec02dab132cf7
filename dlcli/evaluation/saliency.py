"""Why a network answers what it does: which numbers of one input its score follows."""

from dataclasses import dataclass

import numpy as np

from dlcli.data.dataset import Data, Dataset
from dlcli.data.pictures.brightness import LIGHT
from dlcli.engine.attack import facing
from dlcli.engine.loss import Loss
from dlcli.engine.network import Limits, Network
from dlcli.kernels.fusions import FUSIONS
from dlcli.training.attacks import attackable, scale_of
from dlcli.training.experiment import Experiment

ROWS, ELEMENTS = 64, 1 << 23
"""Points of the path that are computed at a time, and elements that their values may have."""
STEPS, MOST_STEPS = 64, 2048
"""Points on the path at first, and the most that are tried if their sum is not exact enough."""
TOLERANCE = 0.01
"""By how much the sum of all attributions may differ from the difference of the scores, relative to it."""


@dataclass
class Explanation:
    """One score and where it comes from; arrays have the shape of the input, by field.

    gradient: the score's gradient, for pictures per unit from black to white. attribution: integrated gradients, whose
    sum over all fields is `score - baseline_score` but for `relative_error`, which is relative to that; steps: points
    on the path.
    """

    score: float
    baseline_score: float
    gradient: dict[str, np.ndarray]
    attribution: dict[str, np.ndarray]
    relative_error: float
    steps: int

    @property
    def total(self) -> float:
        return sum(float(a.sum()) for a in self.attribution.values())


def on_white(data: Data, field: str) -> bool:
    """Whether a field's training pictures have a light background, as scans and drawings have: what is seen there is
    what is darker."""
    looks = [column.picture for column in data.columns if column.field == field and column.picture]
    edge = looks[0].edge if len(looks) == 1 else None
    return edge is not None and edge > LIGHT and scale_of(data, field).picture


class Score(Loss):
    """The score of a class, before any softmax; of a single output that output, which for class 0 of two counts with
    its sign turned."""

    def build(self, y, t):
        self.signed = y[-1] == 1 and t.size == 2

    def weight(self, t) -> float:
        return 1.0

    def forward(self, y, t) -> float:
        return float(self.pick(y, t).sum())

    def backward(self, y, t, dy, scale) -> None:
        dy.fill(0)
        dy[np.arange(len(y)), 0 if y.shape[-1] == 1 else t] = 2 * t - 1 if self.signed else 1

    def pick(self, y, t):
        return y[:, 0] * (2 * t - 1 if self.signed else 1) if y.shape[-1] == 1 else y[np.arange(len(y)), t]


class Explainer:
    """A network in float64 with the gradient of one class's score with respect to the inputs. It is ready once it is
    loaded.

    fields: the inputs that a gradient reaches, name in the graph to field of the data. ValueError, with one plain
    sentence, if there is none, or no single score.
    """

    def __init__(self, experiment: Experiment):
        self.experiment, graph = experiment, experiment.graph
        self.fields = attackable(graph)
        output, target = graph.values[graph.output].spec, experiment.data.target
        if len(output) != 1 or (experiment.data.task == "regression" and output[0] != 1):
            raise ValueError(
                f"the network gives {tuple(output)} numbers for each row, and one score is explained at a time"
            )
        self.rows = max(1, min(ROWS, ELEMENTS // graph.elements()))
        self.score = Score()
        self.score.build(output, target)
        self.classes = np.zeros(self.rows, np.int64)
        inputs = {name: np.zeros((self.rows, *spec), np.int64 if spec.dtype == "int" else np.float64)
                  for name, spec in experiment.data.inputs.items()}
        lengths = {name: np.zeros(self.rows, np.int64) for name, spec in experiment.data.inputs.items() if spec.lengths}
        self.points = Dataset(inputs, self.classes, lengths)
        front = facing(graph)
        self.network = Network(
            front,
            self.score,
            type(target)((), "int", target.size),
            None,
            Limits(batch=self.rows, evaluation=self.rows, form="serial"),
            np.float64,
            experiment.seed,
            fusions=FUSIONS,
        )

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        """The trained parameters and buffers. KeyError or ValueError if they are not this network's."""
        self.network.parameters.load(arrays)
        self.handle = self.network.add(self.points)
        self.network.start()

    def gradients(
        self, points: list[dict[str, np.ndarray]], wanted: int
    ) -> tuple[np.ndarray, np.ndarray, list[dict[str, np.ndarray]]]:
        """(outputs, scores, gradients by field) at up to `rows` points."""
        for i, point in enumerate(points):
            for name, value in point.items():
                self.points.inputs[name][i] = value
        self.classes[:] = wanted
        with np.errstate(all="ignore"):
            self.network.gradient(self.handle)
        plan, graph = self.network.layers(True, self.rows)[0], self.network.graph
        y = plan.values[graph.output][:len(points)].copy()
        found = {field: plan.gradients[graph.inputs[name]] for name, field in self.fields.items()}
        slopes = [{name: array[i].copy() for name, array in found.items()} for i in range(len(points))]
        return y, self.score.pick(y, self.classes[:len(points)]), slopes

    def explain(self, row: Dataset, wanted: int) -> Explanation:
        """The first row of a data set, for one class.

        Gradient: Simonyan et al. 2014. Integrated gradients (Sundararajan et al. 2017): (x - b) times the mean gradient
        on the straight way from b to x, by the midpoint rule with as many points as the sum needs to be right within a
        per cent. The baseline b is black for pictures, white for those on a light background (`on_white`), 0 for other
        numbers; ids stay as they are.
        """
        x = {name: array[0] for name, array in row.inputs.items()}
        for name, array in row.lengths.items():
            self.points.lengths[name][:] = array[0]
        scales = {name: scale_of(self.experiment.data, name) for name in self.fields.values()}
        baseline = x | {
            name: scale.high if on_white(self.experiment.data, name) else scale.low for name, scale in scales.items()
        }
        _, (score,), (slope,) = self.gradients([x], wanted)
        _, (start,), _ = self.gradients([baseline], wanted)
        gradient = {name: slope[name] * (scale.high - scale.low) for name, scale in scales.items()}
        steps = STEPS
        while True:
            attribution = self._path(x, baseline, wanted, steps)
            found = Explanation(float(score), float(start), gradient, attribution, 0.0, steps)
            difference = found.score - found.baseline_score
            found.relative_error = abs(found.total - difference) / abs(difference) if difference else abs(found.total)
            if found.relative_error <= TOLERANCE or 2 * steps > MOST_STEPS:
                return found
            steps *= 2

    def _path(self, x: dict, baseline: dict, wanted: int, steps: int) -> dict[str, np.ndarray]:
        sums = {name: np.zeros_like(baseline[name]) for name in self.fields.values()}
        for first in range(0, steps, self.rows):
            shares = (np.arange(first, min(first + self.rows, steps)) + 0.5) / steps
            points = [
                x | {name: baseline[name] + share * (x[name] - baseline[name]) for name in sums} for share in shares
            ]
            for slope in self.gradients(points, wanted)[2]:
                for name, total in sums.items():
                    total += slope[name]
        return {name: total / steps * (x[name] - baseline[name]) for name, total in sums.items()}
