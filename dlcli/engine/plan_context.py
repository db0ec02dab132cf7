"""What the plans of a network have in common, and what each of them is told."""

from typing import NamedTuple

import numpy as np

from dlcli.engine.control import Control
from dlcli.engine.graph import Graph, Node
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena
from dlcli.engine.parameters import Parameters
from dlcli.engine.streams import Stream


class Key(NamedTuple):
    """What a batch is like. Batches of one key are computed by one plan.

    train: whether it is one of training, else of an evaluation. rows: of the whole batch, all shards together. bucket:
    which of the network's forms computes it.
    """

    train: bool
    rows: int
    bucket: int = 0


class Places(NamedTuple):
    """Memory that a data set brings rows to (`Dataset.gather`). inputs, lengths: by field; lengths of those that are
    padded. target_lengths: None if the target is not padded."""

    inputs: dict[str, np.ndarray]
    lengths: dict[str, np.ndarray]
    target: np.ndarray
    target_lengths: np.ndarray | None


class LossCall:
    """The loss in a shard's list of calls: forward leaves its sum for the step to add up, backward reads the scale."""

    def __init__(self, sums, control: Control, shard: int):
        self._sums, self._control, self._shard = sums, control, shard

    def __call__(self, loss: Loss, y, target) -> None:
        self._sums[self._shard] = loss.forward(y, target)

    def backward(self, loss: Loss, y, target, dy) -> None:
        loss.backward(y, target, dy, self._control.scale)


class PlanContext(NamedTuple):
    """What all plans of one shard have in common."""

    shard: int
    graph: Graph
    nodes: list[Node]
    """What is computed: the graph's nodes, or fewer if layers are fused."""
    sizes: list[int]
    """Elements of each value of one of the longest rows. Blocks of memory are known by them, so that the plans of
    shorter rows use those of the longest."""
    loss: Loss
    parameters: Parameters
    gradient: np.ndarray | None
    """This shard's part of the gradient of all parameters; None if nothing is differentiated."""
    arena: Arena
    reduces: dict
    """(entry or "loss", name) -> float64 array with a row per shard, seen by all workers."""
    states: dict
    """Whether training -> <entry>.<name> -> carried state, a row per row of the batch, seen by all workers."""
    streams: dict[str, Stream]
    """Of each entry that draws random numbers, and of the loss."""
    control: Control
    report: LossCall


class ShardBatch(NamedTuple):
    """The rows of a batch that are one shard's: where they begin in it, how many they are, and where they lie.

    inputs, lengths: by id of the graph's value. output: what the network's output is written to; output_lengths: where
    its real lengths go, None if it is not padded. places: what is read, the same memory as inputs and lengths.
    """

    start: int
    rows: int
    inputs: dict[int, np.ndarray]
    lengths: dict[int, np.ndarray]
    output: np.ndarray
    output_lengths: np.ndarray | None
    places: Places
