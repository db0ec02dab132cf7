"""Attacks and noise in the units of what a person sees: pictures from 0 to 1, whatever the network reads."""

from typing import NamedTuple

import numpy as np

from dlcli.data.dataset import Data, Dataset
from dlcli.engine.attack import Attack, Bound
from dlcli.engine.graph import Graph, field
from dlcli.engine.plan_context import Places
from dlcli.engine.streams import Stream
from dlcli.training.settings import MOST_STEPS, Adversarial

PGD_STEPS = 10
REACH = 2.5
"""Length of all steps of PGD together, in epsilons: enough to cross from one end of what is allowed to the other (Madry
et al. 2018)."""
ATTACKS = "fgsm:EPSILON, pgd:EPSILON or pgd:EPSILON:STEPS, as in fgsm:0.1 or pgd:0.1:40"


class Scale(NamedTuple):
    """What 0 and 1 of a picture are for the network, at each of its numbers; for other inputs 0 and 1 themselves,
    without limits."""

    low: np.ndarray
    high: np.ndarray
    picture: bool

    def bound(self, epsilon: float, dtype) -> Bound:
        """At most `epsilon` away, and for pictures never darker than black or brighter than white."""
        low, high = self.low.astype(dtype), self.high.astype(dtype)
        with np.errstate(over="ignore"):        # as good as no bound
            epsilons = ((self.high - self.low) * epsilon).astype(dtype)
        return Bound(epsilons, *((low, high) if self.picture else ()))


def scale_of(data: Data, field: str) -> Scale:
    """The scale of a field of numbers.

    The field holds pictures if one knows what is white: the data divide whole numbers by it (bytes by 255), or the
    column names it (16 for `digits`, 1 for fractions up to 1). Preparation may only shift and stretch them. Of any
    other field 0 and 1 are the network's own numbers.
    """
    shape = tuple(data.inputs[field])
    columns = [column for column in data.columns if column.field == field]
    column = columns[0] if len(columns) == 1 and columns[0].shape else None
    top = None if column is None else 1.0 if column.divisor != 1 else column.picture and column.picture.top
    if top:
        black, grey, white = (column.prepare(np.full((1, *shape), float(value)))[0] for value in (0, top / 2, top))
        if np.allclose(grey, (black + white) / 2) and (white > black).all():
            return Scale(black, white, True)
    return Scale(np.zeros(shape), np.ones(shape), False)


def parse(text: str) -> Adversarial:
    """`fgsm:0.1`, `pgd:0.1`, `pgd:0.1:40`. ValueError for anything else."""
    kind, *numbers = text.split(":")
    try:
        epsilon, steps = float(numbers[0]), int(numbers[1]) if len(numbers) > 1 else None
    except (IndexError, ValueError):
        raise ValueError(f"expected {ATTACKS}") from None
    countable = steps is None or (kind == "pgd" and 1 <= steps <= MOST_STEPS)
    if kind not in ("fgsm", "pgd") or len(numbers) > 2 or not 0 < epsilon < np.inf or not countable:
        raise ValueError(f"expected {ATTACKS}")
    return Adversarial(attack=kind, epsilon=epsilon, steps=steps)


def steps_of(settings: Adversarial) -> int:
    return 1 if settings.attack == "fgsm" else settings.steps or PGD_STEPS


def build(settings: Adversarial, data: Data, graph: Graph, dtype) -> Attack:
    """What the engine needs to know. ValueError, with one plain sentence, if nothing can be attacked."""
    fields = attackable(graph)
    steps = steps_of(settings)
    size = (
        1.0
        if settings.attack == "fgsm"
        else REACH / steps
        if settings.step_size is None
        else settings.step_size / settings.epsilon
    )
    bounds = {name: scale_of(data, field).bound(settings.epsilon, dtype) for name, field in fields.items()}
    return Attack(bounds, steps, size, settings.attack == "pgd", settings.share)


def attackable(graph: Graph) -> dict[str, str]:
    """The inputs that a gradient reaches: name in the graph to field of the data. ValueError if there are none."""
    if any(node.layer.states for node in graph.nodes):
        raise ValueError("a network that carries a state from batch to batch cannot be attacked")
    numbers = {value: name for name, value in graph.inputs.items() if graph.values[value].spec.dtype == "float"}
    if not numbers:
        raise ValueError("the inputs are ids, and an attack moves numbers a little")
    reached, read, blocked = {graph.output}, {graph.output}, None
    for node in reversed(graph.nodes):
        values = (node.value, *node.outputs.values())
        if not read.isdisjoint(values):
            read.update(node.sources)
            if not node.layer.differentiable:
                blocked = node.name
            elif not reached.isdisjoint(values):
                reached.update(node.sources)
    found = {name: field(name) for value, name in numbers.items() if value in reached}
    if not found:
        why = f"{blocked} has no derivative" if not read.isdisjoint(numbers) else "the output does not depend on them"
        raise ValueError(f"no gradient reaches the inputs: {why}")
    return found


class Noisy:
    """A data set under Gaussian noise, drawn for each row anew but for the same row always alike.

    deviation: in the units of `Scale`. Pictures stay between black and white.
    """

    def __init__(self, dataset: Dataset, data: Data, deviation: float, seed: int):
        self.dataset, self.buckets, self.begins, self.seed = dataset, dataset.buckets, dataset.begins, seed
        fields = [name for name, spec in data.inputs.items() if spec.dtype == "float"]
        if not fields:
            raise ValueError("the inputs are ids, and noise needs numbers")
        self.bounds = {
            name: scale_of(data, name).bound(deviation, data.fitted.dtype if data.fitted else "float32")
            for name in fields
        }

    def __len__(self) -> int:
        return len(self.dataset)

    def ahead(self, rows: np.ndarray) -> None:
        self.dataset.ahead(rows)

    def gather(self, rows: np.ndarray, places: Places, epoch: int | None = None) -> None:
        self.dataset.gather(rows, places, epoch)
        for name, bound in self.bounds.items():
            stream, x = Stream(self.seed, "noise", name), places.inputs[name]
            for row, values in zip(rows.tolist(), x):
                values += stream.at(step=row).standard_normal(values.shape, x.dtype) * bound.epsilon
            if bound.low is not None:
                np.clip(x, bound.low, bound.high, x)

    def gather_target(self, *arguments) -> None:
        self.dataset.gather_target(*arguments)
