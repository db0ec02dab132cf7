"""The analytic gradient of the user's own network against differences of its loss."""

from typing import NamedTuple

import numpy as np

from dlcli.data.dataset import Dataset
from dlcli.engine.graph import Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.streams import Stream
from dlcli.training.experiment import Experiment

ROWS = 16
DIRECTIONS = 2
"""Random directions per parameter array."""
REDRAWS = 20
"""Times that a direction which crosses a kink is drawn again, each time with a smaller step."""
TOLERANCE = 1e-6
LARGEST_STEP = 1e-2
EXTENDED = np.dtype(np.longdouble)
"""Differences are taken in the widest float (80 bits on x86-64): if 20 sigmoid layers have shrunk a gradient to
1e-12, a loss in float64 no longer moves visibly, although its float64 gradient is right."""


class Row(NamedTuple):
    """One parameter array: its worst direction."""

    name: str
    analytic: float
    numeric: float
    error: float
    redrawn: int


def check(experiment: Experiment, rows: int = ROWS, directions: int = DIRECTIONS) -> dict:
    """Compare g . v with the slope of the loss along v, for random v in each parameter array, in training mode.

    Dropout masks and other random draws stay the same during the comparison, since they are keyed. Returns {"passed",
    "differentiable", "tolerance", "error" (the worst), "redrawn", "parameters": [...]}; a network with a layer that has
    no derivative is not compared.
    """
    blocked = [node.name for node in experiment.graph.nodes if not node.layer.differentiable]
    if blocked:
        return {
            "passed": True,
            "differentiable": False,
            "layers": blocked,
            "tolerance": TOLERANCE,
            "error": None,
            "redrawn": 0,
            "parameters": [],
        }
    train = experiment.data.splits["train"]
    data = train.rows(np.arange(min(rows, len(train))))
    exact, extended = (_network(experiment, data, dtype) for dtype in (np.dtype(np.float64), EXTENDED))
    exact.parameters.initialize(experiment.seed)
    nudge(exact, experiment.seed)
    exact.gradient(exact.handles[0])
    extended.theta[...] = exact.theta
    learned = [name for name, span in exact.parameters.spans.items() if span.start < exact.parameters.trainable]
    results = [_array(exact, extended, name, experiment.seed, directions) for name in learned]
    worst = max((r.error for r in results), default=0.0)
    return {"passed": bool(worst <= TOLERANCE), "differentiable": True, "tolerance": TOLERANCE, "error": worst,
            "redrawn": sum(r.redrawn for r in results), "parameters": [r._asdict() for r in results]}


def _network(experiment: Experiment, data: Dataset, dtype: np.dtype) -> Network:
    own = data.rows(np.arange(len(data)), dtype)
    network = Network(experiment.graph, experiment.loss, experiment.data.target, experiment.optimizer,
                      Limits(batch=len(own), evaluation=len(own)), dtype, experiment.seed)
    network.add(own)
    network.start()
    return network


def nudge(network: Network, seed: int) -> None:
    """Move every parameter a little off its start, so that zero weights do not sit exactly on a kink."""
    theta = network.theta
    theta += 1e-3 * Stream(seed, "gradcheck", "nudge").rng.standard_normal(theta.size)


def _array(exact: Network, extended: Network, name: str, seed: int, directions: int) -> Row:
    gradient = exact.parameters.view(exact.gradients[0], name)
    values = extended.parameters.view(extended.theta, name)
    start, redrawn, worst = values.copy(), 0, Row(name, 0.0, 0.0, 0.0, 0)
    rng = Stream(seed, "gradcheck", name).rng
    done = tries = 0
    while done < directions and tries < directions * REDRAWS:
        v = rng.standard_normal(start.shape)
        v /= np.sqrt((v * v).sum())
        step = LARGEST_STEP * 0.5 ** min(redrawn, 14)
        slope, crossed = _slope(extended, values, start, v, step)
        tries += 1
        if crossed:
            redrawn += 1
            continue
        done += 1
        analytic = float((gradient * v).sum())
        error = abs(analytic - slope) / max(abs(analytic), abs(slope), resolution(extended, step))
        error = error if np.isfinite(error) else np.inf
        if error >= worst.error:
            worst = Row(name, analytic, float(slope), float(error), 0)
    if done < directions:
        worst = worst._replace(error=float("inf"))
    return worst._replace(redrawn=redrawn)


def resolution(network: Network, step: float) -> float:
    """The slope whose millionth part the rounding of two losses hides: smaller ones are compared to this, not to
    themselves.

    A difference of losses over 2h is uncertain by some eps * |loss| / h. Sums over the batch (batch normalisation) are
    kept in float64, so there the extended type does not help.
    """
    eps = np.finfo(np.float64 if network.plans.reduces else EXTENDED).eps
    return float(16 * eps * max(1.0, abs(network.gradient(network.handles[0]))) / (step / 4) / TOLERANCE)


def _slope(network: Network, values, start, v, step: float) -> tuple[float, bool]:
    """The derivative along v from central differences, extrapolated twice (Richardson: error of order step^6)."""
    crossed, reference = False, None
    slopes = []
    for h in (step, step / 2, step / 4):
        losses = []
        for sign in (1, -1):
            values[...] = start + sign * h * v
            losses.append(network.gradient(network.handles[0]))
            pieces = _pieces(network)
            reference = pieces if reference is None else reference
            crossed |= any(not np.array_equal(a, b) for a, b in zip(pieces, reference))
        slopes.append((losses[0] - losses[1]) / (2 * h))
        if crossed:
            break
    values[...] = start
    if crossed:
        return 0.0, True
    a, b, c = slopes
    first, second = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * second - first) / 15, False


def _pieces(network: Network) -> list[np.ndarray]:
    """Which smooth piece every kinked layer is on (relu: which units are on), of all values in the batch."""
    graph: Graph = network.graph
    plan = network.layers()[0]
    found = []
    for node in graph.nodes:
        xs = tuple(plan.values[s] for s in node.sources)
        piece = plan.layers[node.name].piece(xs if node.layer.merges else xs[0], plan.values[node.value])
        if piece is not None:
            found.append(np.array(piece))
    piece = plan.loss.piece(plan.values[graph.output], plan.batch.places.target)
    return found if piece is None else [*found, np.array(piece)]
