"""What one shard of a batch does, worked out once: every call with its views, cut into segments at reduce points."""

import copy
from typing import NamedTuple

import numpy as np

from dlcli.engine.graph import Graph, Node
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena, Pool
from dlcli.engine.module import Module
from dlcli.engine.parameters import Parameters
from dlcli.engine.streams import Stream


class Setting(NamedTuple):
    """What all shards of one network have in common."""

    graph: Graph
    nodes: list[Node]
    """What is computed: the graph's nodes, or fewer where layers are fused."""
    loss: Loss
    parameters: Parameters
    reduces: dict
    """(entry or "loss", name) -> float64 array with a row per shard, seen by all workers."""
    states: dict
    """Whether training -> <entry>.<name> -> carried state, a row per row of the batch, seen by all workers."""
    streams: dict[str, Stream]


class ShardPlan:
    """The calls of one shard for `rows` rows.

    segments: lists of (function, arguments). Between segments the arrays named in `totals` (one tuple per segment) are
    summed over the shards. layers: this shard's bound copies by entry name.
    """

    def __init__(self, setting: Setting, arena: Arena, train: bool, shard: int, start: int, rows: int, batch_rows: int,
                 inputs: dict[int, np.ndarray], lengths: dict[int, np.ndarray], target: np.ndarray, output: np.ndarray,
                 gradient: np.ndarray | None, place, report):
        self.setting, self.arena, self.train = setting, arena, train
        self.shard, self.start, self.rows, self.batch_rows = shard, start, rows, batch_rows
        self.target, self.gradient = target, gradient
        self.segments, self.totals = [[]], []
        self.values: dict[int, np.ndarray] = dict(inputs)
        self.lengths = lengths
        self.layers: dict[str, object] = {}
        self._place = place
        self._pool = Pool(arena, "train" if train else "eval")
        self._reserve()
        self._forward(output)
        loss = self._bind(setting.loss, "loss", {}, {"lengths": self._length(setting.graph.output)})
        y = self.values[setting.graph.output]
        self._reduce(loss, "loss", "forward_reduce", (y, target), backward=False)
        self.loss = loss
        self._call(report, loss, y, target)
        if train:
            self._backward(loss, y, report)
        self.totals.append(())

    def describe(self, function, arguments: tuple) -> str:
        """One of the calls as a note on an error: the entry and the shapes of its arrays."""
        owner = getattr(function, "__self__", function)
        default = "the loss" if self.loss is next(iter(arguments), None) else "the network"
        name = next((name for name, layer in self.layers.items() if layer is owner), default)
        arrays = [
            a
            for argument in arguments
            for a in (argument if isinstance(argument, tuple) else (argument,))
            if hasattr(a, "shape")
        ]
        return (
            f"in {name}, {getattr(function, '__name__', 'forward')} on arrays {', '.join(str(a.shape) for a in arrays)}"
        )

    def _call(self, function, *arguments) -> None:
        self.segments[-1].append((function, arguments))

    def _reduce(self, module: Module, name: str, function: str, arguments: tuple, backward: bool) -> None:
        """Let the module write its part, and end the segment there."""
        parts = tuple((name, key) for key in module.reduces if key.startswith("d") == backward)
        if parts:
            self._call(getattr(module, function), *arguments)
            self.segments.append([])
            self.totals.append(parts)

    def _length(self, value: int):
        owner = self.setting.graph.values[value].lengths
        return None if owner is None else self.lengths[owner]

    def _borrowed(self, module: Module):
        """(name, key of the memory, array) of all that lasts for one call: where nothing is trained, also what is kept
        for backward."""
        for slot, (name, a) in enumerate(module.temps.items()):
            yield name, ("temp", slot), a
        for slot, (name, a) in enumerate(module.kept.items()):
            if a.rows and not self.train:
                yield name, ("temp", -1 - slot), a

    def _reserve(self) -> None:
        """Take what all modules borrow in its largest size, so that they share it."""
        most: dict[tuple, int] = {}
        for module in (*(node.layer for node in self.setting.nodes), self.setting.loss):
            for _, key, a in self._borrowed(module):
                most[key, a.dtype] = max(most.get((key, a.dtype), 0), a.elements(self.rows))
        for (key, dtype), size in most.items():
            self.arena.take(key, (size,), dtype)

    def _bind(self, module: Module, name: str, arrays: dict, extra: dict) -> Module:
        """A copy of the module with every array that it asked for as an attribute."""
        bound = copy.copy(module)
        for key, a in module.kept.items():
            if self.train or not a.rows:
                arrays[key] = self.arena.take(("keep", self.train, name, key), a.full(self.rows), a.dtype)
        for key, place, a in self._borrowed(module):
            arrays[key] = self.arena.take(place, a.full(self.rows), a.dtype)
        for key in module.reduces:
            arrays[key] = self.setting.reduces[name, key][self.shard]
        for key in module.buffers:
            arrays[key] = self.setting.parameters.buffers[f"{name}.{key}"]
        if module.uses_rng:
            arrays["rng"] = self.setting.streams[name].rng
        vars(bound).update(arrays, shard=self.shard, shard_rows=self.rows, batch_rows=self.batch_rows, **extra)
        return bound

    def _bind_layer(self, node: Node) -> object:
        arrays = dict(self.setting.parameters.of(node.name, self.setting.parameters.theta))
        if self.gradient is not None:
            arrays |= {f"d{key}": a for key, a in self.setting.parameters.of(node.name, self.gradient).items()}
        for key in node.layer.states:
            arrays[key] = self.setting.states[self.train][f"{node.name}.{key}"][self.start:self.start + self.rows]
        for key, value in node.outputs.items():
            arrays[key] = self.values[value]
            arrays[f"d{key}"] = None
        lengths = [self._length(s) for s in node.sources]
        own = self.setting.graph.values[node.value].lengths == node.value
        extra = {"lengths": tuple(lengths) if node.layer.merges else lengths[0]}
        if own:
            extra["y_lengths"] = self.lengths[node.value]
        return self._bind(node.layer, node.name, arrays, extra)

    def _forward(self, output: np.ndarray) -> None:
        graph = self.setting.graph
        last_use = {s: i for i, node in enumerate(self.setting.nodes) for s in node.sources}
        tickets: dict[int, tuple] = {}
        for i, node in enumerate(self.setting.nodes):
            for value in (node.value, *node.outputs.values()):
                spec = graph.values[value].spec
                if value == graph.output:
                    self.values[value] = output
                elif self.train:        # kept until backward has read it
                    self.values[value] = self.arena.take(("value", value), (self.rows, *spec), spec.dtype)
                else:
                    self.values[value], tickets[value] = self._pool.take(self.rows, tuple(spec), spec.dtype)
                if graph.values[value].lengths == value:
                    self.lengths[value] = self.arena.take(("lengths", value), (self.rows,), "int")
            layer = self.layers[node.name] = self._bind_layer(node)
            x = self._pack(node, self.values)
            train = self.train and node.trainable
            if train and layer.uses_rng:
                self._call(self._place, self.setting.streams[node.name], self.shard)
            if train:
                self._reduce(layer, node.name, "forward_reduce", (x, train), backward=False)
            self._call(layer.forward, x, self.values[node.value], train)
            for value in [v for v in tickets if last_use.get(v, i) <= i]:
                self._pool.give(tickets.pop(value))

    def _pack(self, node: Node, arrays: dict):
        return tuple(arrays[s] for s in node.sources) if node.layer.merges else arrays[node.sources[0]]

    def _backward(self, loss: Loss, y: np.ndarray, report) -> None:
        graph = self.setting.graph
        self.gradients: dict[int, np.ndarray] = {}
        tickets: dict[int, tuple] = {}

        def take(value: int) -> np.ndarray:
            array, ticket = self._pool.take(self.rows, tuple(graph.values[value].spec))
            tickets[value] = ticket
            return array

        if not graph.needs[graph.output]:
            return
        self.gradients[graph.output] = take(graph.output)
        self._reduce(loss, "loss", "backward_reduce", (y, self.target), backward=True)
        self._call(report.backward, loss, y, self.target, self.gradients[graph.output])
        for node in reversed(self.setting.nodes):
            own = [v for v in (node.value, *node.outputs.values()) if v in self.gradients]
            if not own or not graph.needs[node.value]:
                continue
            if node.value not in self.gradients:        # only a named output is read
                self.gradients[node.value] = take(node.value)
                own.append(node.value)
                self._call(self.gradients[node.value].fill, 0)
            layer = self.layers[node.name]
            for key, value in node.outputs.items():
                setattr(layer, f"d{key}", self.gradients.get(value))
            dxs, sums, borrowed = [], [], []
            for s in node.sources:
                if not graph.needs[s]:
                    dxs.append(None)
                elif s in self.gradients:               # another reader wrote first: write beside it, then add
                    array, ticket = self._pool.take(self.rows, tuple(graph.values[s].spec))
                    borrowed.append(ticket)
                    sums.append((self.gradients[s], array, self.gradients[s]))
                    dxs.append(array)
                else:
                    self.gradients[s] = take(s)
                    dxs.append(self.gradients[s])
            x, dy = self._pack(node, self.values), self.gradients[node.value]
            if node.trainable:
                self._reduce(layer, node.name, "backward_reduce", (x, self.values[node.value], dy), backward=True)
            self._call(layer.backward, x, self.values[node.value], dy, tuple(dxs) if node.layer.merges else dxs[0])
            for arguments in sums:
                self._call(np.add, *arguments)
            for value in own:
                self._pool.give(tickets[value])
            for ticket in borrowed:
                self._pool.give(ticket)


class LossCall:
    """The loss in a shard's list of calls: forward leaves its sum where the step adds it up, backward reads the
    scale."""

    def __init__(self, sums, scale, shard: int):
        self._sums, self._scale, self._shard = sums, scale, shard

    def __call__(self, loss: Loss, y, target) -> None:
        self._sums[self._shard] = loss.forward(y, target)

    def backward(self, loss: Loss, y, target, dy) -> None:
        loss.backward(y, target, dy, self._scale[0])
