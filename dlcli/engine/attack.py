"""Moving a batch's inputs to where the loss is large: what `evaluate --attack` and adversarial training have in
common."""

import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dlcli.engine.graph import Graph
from dlcli.engine.streams import Stream, uniform

if TYPE_CHECKING:
    from dlcli.engine.plan import ShardPlan
    from dlcli.engine.plan_context import PlanContext, ShardBatch


class Bound(NamedTuple):
    """How far one input may be moved, in the numbers that the network reads: by at most `epsilon` each, and never below
    `low` or above `high`. All are arrays that fit a row of the input, in its float type; None: no limit."""

    epsilon: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None


class Attack(NamedTuple):
    """`steps` steps up the sign of the gradient of the loss with respect to the inputs, within the bounds.

    x <- clip(x + size * epsilon * sign(dL/dx)), where clip brings x back to at most epsilon from where it was and into
    [low, high]. One step of size 1 without a random start is FGSM (Goodfellow et al. 2015), several smaller ones from a
    random place within the bounds are PGD (Madry et al. 2018).

    bounds: by name of the graph's input, for those that a gradient reaches; the others stay as they are. share: of a
    shard's rows, from the first on, how many are moved.
    """

    bounds: dict[str, Bound]
    steps: int = 1
    size: float = 1.0
    random: bool = False
    share: float = 1.0

    def movers(self, context: "PlanContext", batch: "ShardBatch", seed: int) -> "list[Mover]":
        """What moves the inputs of one shard's part of a batch, for a plan on a graph that is `facing` its inputs."""
        rows, found = round(self.share * batch.rows), []
        for name, bound in self.bounds.items() if rows else ():
            value = context.graph.inputs[name]
            clean = context.arena.take(("clean", value), (rows, *batch.inputs[value].shape[1:]))
            found.append(Mover(self, bound, value, batch.inputs[value][:rows], clean, Stream(seed, "attack", name)))
        return found


class Mover:
    """One input of one shard: `begin` runs before its plan, `move` after it, once the gradient is there.

    value: the input's id in the graph. x, clean: its rows as they are moved, and as they were.
    """

    def __init__(self, attack: Attack, bound: Bound, value: int, x, clean, stream: Stream):
        self.attack, self.bound, self.value, self.x, self.clean, self.stream = attack, bound, value, x, clean, stream
        self.step = bound.epsilon * x.dtype.type(attack.size)

    def begin(self, plan: "ShardPlan") -> None:
        control = plan.context.control
        if control.moved:               # from where the last step has left it
            return
        np.copyto(self.clean, self.x)
        if self.attack.random:
            control.place(self.stream, plan.context.shard)
            dx = self._gradient(plan)           # which is not there yet: its memory is free
            uniform(self.stream.rng, dx)
            np.multiply(dx, 2, dx)
            np.subtract(dx, 1, dx)
            np.multiply(dx, self.bound.epsilon, dx)
            np.add(self.x, dx, self.x)
            self._clip()

    def move(self, plan: "ShardPlan") -> None:
        x, dx = self.x, self._gradient(plan)
        np.sign(dx, dx)
        np.multiply(dx, self.step, dx)
        np.add(x, dx, x)
        np.add(self.clean, self.bound.epsilon, dx)
        np.minimum(x, dx, out=x)
        np.subtract(self.clean, self.bound.epsilon, dx)
        np.maximum(x, dx, out=x)
        self._clip()

    def _gradient(self, plan: "ShardPlan") -> np.ndarray:
        return plan.gradients[self.value][:len(self.x)]

    def _clip(self) -> None:
        if self.bound.low is not None:
            np.maximum(self.x, self.bound.low, out=self.x)
        if self.bound.high is not None:
            np.minimum(self.x, self.bound.high, out=self.x)


def facing(graph: Graph) -> Graph:
    """The same network as it predicts (no dropout, running statistics), with the gradient of its inputs. Layers write
    those of their parameters too, as `Layer.backward` always does; nobody reads them."""
    other = copy.copy(graph)
    other.nodes = [node._replace(trainable=False) for node in graph.nodes]
    inputs = set(graph.inputs.values())
    other.needs = [place in inputs and value.spec.dtype == "float" for place, value in enumerate(graph.values)]
    for node in other.nodes:
        for value in (node.value, *node.outputs.values()):
            other.needs[value] = any(other.needs[source] for source in node.sources)
    return other
