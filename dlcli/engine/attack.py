"""Moving a batch's inputs to where the loss is large: what `evaluate --attack` and adversarial training have in
common."""

import copy
from typing import NamedTuple

import numpy as np

from dlcli.engine.graph import Graph
from dlcli.engine.streams import Stream, uniform


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

    bounds: by name of the graph's input; inputs that are not named stay as they are. share: of a shard's rows, from the
    first on, how many are moved.
    """

    bounds: dict[str, Bound]
    steps: int = 1
    size: float = 1.0
    random: bool = False
    share: float = 1.0

    def attach(self, plan, seed: int, place) -> None:
        """Let a plan on a graph that is `facing` its inputs move them: at its end, and before its first step at random.

        `place(stream, shard)` places a stream where the batch stands; it says whether the batch has just been read.
        """
        graph = plan.setting.graph
        rows = round(self.share * plan.rows)
        for name, bound in self.bounds.items():
            value = graph.inputs[name]
            if value in plan.gradients and rows:
                x, dx = plan.values[value][:rows], plan.gradients[value][:rows]
                clean = plan.arena.take(("clean", value), x.shape)
                mover = _Mover(self, bound, x, dx, clean, Stream(seed, "attack", name), place, plan.shard)
                plan.segments[0].insert(1, (mover.begin, ()))
                plan.segments[-1].append((mover.move, ()))


class _Mover:
    """One input of one shard."""

    def __init__(self, attack: Attack, bound: Bound, x, dx, clean, stream: Stream, place, shard: int):
        self.attack, self.bound, self.x, self.dx, self.clean = attack, bound, x, dx, clean
        self.step = bound.epsilon * x.dtype.type(attack.size)
        self.stream, self.place, self.shard = stream, place, shard

    def begin(self) -> None:
        if not self.place(self.stream, self.shard):
            return
        np.copyto(self.clean, self.x)
        if self.attack.random:
            uniform(self.stream.rng, self.dx)       # the gradient is not there yet: its memory is free
            np.multiply(self.dx, 2, self.dx)
            np.subtract(self.dx, 1, self.dx)
            np.multiply(self.dx, self.bound.epsilon, self.dx)
            np.add(self.x, self.dx, self.x)
            self._clip()

    def move(self) -> None:
        x, dx = self.x, self.dx
        np.sign(dx, dx)
        np.multiply(dx, self.step, dx)
        np.add(x, dx, x)
        np.add(self.clean, self.bound.epsilon, dx)
        np.minimum(x, dx, out=x)
        np.subtract(self.clean, self.bound.epsilon, dx)
        np.maximum(x, dx, out=x)
        self._clip()

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
