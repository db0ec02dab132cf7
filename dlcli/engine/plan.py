"""What one shard of a batch does, worked out once: every call with its views, cut into segments at reduce points."""

import copy
from collections.abc import Callable

import numpy as np

from dlcli.engine.graph import Node
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Pool
from dlcli.engine.module import Module
from dlcli.engine.plan_context import Key, PlanContext, ShardBatch


class ShardPlan:
    """The calls of one shard for the batches of one key.

    differentiates: whether gradients are computed too. before, after: functions of the plan that run first and last:
    what brings the rows, what uses the gradients of the inputs.

    segments: lists of (function, arguments). Between segments the arrays named in `totals` (one tuple per segment) are
    summed over the shards. layers: this shard's bound copies by entry name. values, gradients: by id of the graph's
    value.
    """

    def __init__(self, context: PlanContext, key: Key, batch: ShardBatch, differentiates: bool,
                 before: list[Callable[["ShardPlan"], None]], after: list[Callable[["ShardPlan"], None]] = ()):
        self.context, self.key, self.batch, self.differentiates = context, key, batch, differentiates
        self.segments, self.totals = [[]], []
        self.values, self.lengths = dict(batch.inputs), dict(batch.lengths)
        self.gradients: dict[int, np.ndarray] = {}
        self.layers: dict[str, object] = {}
        self._pool = Pool(context.arena, "train" if differentiates else "eval")
        self._tickets: dict[int, tuple] = {}            # of the blocks that values, then gradients, lie in
        self._reserve()
        for function in before:
            self._call(function, self)
        self._forward()
        self.loss = self._forward_loss()
        if differentiates:
            self._backward()
        for function in after:
            self._call(function, self)
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
        shapes = f" on arrays {', '.join(str(a.shape) for a in arrays)}" if arrays else ""
        return f"in {name}, {getattr(function, '__name__', 'forward')}{shapes}"

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
        owner = self.context.graph.values[value].lengths
        return None if owner is None else self.lengths[owner]

    def _borrowed(self, module: Module):
        """(name, key of the memory, array) of all that lasts for one call: if nothing is differentiated, also what is
        kept for backward."""
        for slot, (name, a) in enumerate(module.temps.items()):
            yield name, ("temp", slot), a
        for slot, (name, a) in enumerate(module.kept.items()):
            if a.rows and not self.differentiates:
                yield name, ("temp", -1 - slot), a

    def _reserve(self) -> None:
        """Take what all modules borrow in its largest size, so that they share it."""
        most: dict[tuple, int] = {}
        for module in (*(node.layer for node in self.context.nodes), self.context.loss):
            for _, key, a in self._borrowed(module):
                most[key, a.dtype] = max(most.get((key, a.dtype), 0), a.elements(self.batch.rows))
        for (key, dtype), size in most.items():
            self.context.arena.take(key, (size,), dtype)

    def _bind(self, module: Module, name: str, arrays: dict, extra: dict) -> Module:
        """A copy of the module with every array that it asked for as an attribute."""
        context, rows = self.context, self.batch.rows
        for key, a in module.kept.items():
            if self.differentiates or not a.rows:
                place = ("keep", self.differentiates, name, key)
                arrays[key] = context.arena.take(place, a.full(rows), a.dtype)
        for key, place, a in self._borrowed(module):
            arrays[key] = context.arena.take(place, a.full(rows), a.dtype)
        for key in module.reduces:
            arrays[key] = context.reduces[name, key][context.shard]
        for key in module.buffers:
            arrays[key] = context.parameters.buffers[f"{name}.{key}"]
        if module.uses_rng:
            arrays["rng"] = context.streams[name].rng
        bound = copy.copy(module)
        vars(bound).update(arrays, shard=context.shard, shard_rows=rows, batch_rows=self.key.rows, **extra)
        return bound

    def _bind_layer(self, node: Node) -> object:
        context, batch = self.context, self.batch
        arrays = dict(context.parameters.of(node.name, context.parameters.theta))
        if self.differentiates:
            arrays |= {f"d{key}": a for key, a in context.parameters.of(node.name, context.gradient).items()}
        for key in node.layer.states:
            state = context.states[self.key.train][f"{node.name}.{key}"]
            arrays[key] = state[batch.start:batch.start + batch.rows]
        for key, value in node.outputs.items():
            arrays[key] = self.values[value]
            arrays[f"d{key}"] = None
        lengths = [self._length(s) for s in node.sources]
        extra = {"lengths": tuple(lengths) if node.layer.merges else lengths[0]}
        if context.graph.values[node.value].lengths == node.value:
            extra["y_lengths"] = self.lengths[node.value]
        return self._bind(node.layer, node.name, arrays, extra)

    def _forward(self) -> None:
        nodes = self.context.nodes
        last_use = {s: i for i, node in enumerate(nodes) for s in node.sources}
        for i, node in enumerate(nodes):
            for value in (node.value, *node.outputs.values()):
                self._take_value(value)
            layer = self.layers[node.name] = self._bind_layer(node)
            x = self._pack(node, self.values)
            train = self.differentiates and node.trainable
            if train and layer.uses_rng:
                self._call(self.context.control.place, self.context.streams[node.name], self.context.shard)
            if train:
                self._reduce(layer, node.name, "forward_reduce", (x, train), backward=False)
            self._call(layer.forward, x, self.values[node.value], train)
            for value in [v for v in self._tickets if last_use.get(v, i) <= i]:
                self._pool.give(self._tickets.pop(value))

    def _take_value(self, value: int) -> None:
        """Memory for what a node computes: while nothing is differentiated, only until the last reader has read it."""
        graph, arena, rows = self.context.graph, self.context.arena, self.batch.rows
        spec = graph.values[value].spec
        if value == graph.output:
            self.values[value] = self.batch.output
        elif self.differentiates:
            self.values[value] = arena.take(("value", value), (rows, *spec), spec.dtype)
        else:
            self.values[value], self._tickets[value] = self._take(value, spec.dtype)
        if graph.values[value].lengths == value:
            self.lengths[value] = arena.take(("lengths", value), (rows,), "int")

    def _pack(self, node: Node, arrays: dict):
        return tuple(arrays[s] for s in node.sources) if node.layer.merges else arrays[node.sources[0]]

    def _forward_loss(self) -> Loss:
        context = self.context
        lengths, places = self._length(context.graph.output), self.batch.places
        if lengths is not None:
            self._call(np.copyto, self.batch.output_lengths, lengths)
        loss = self._bind(context.loss, "loss", {}, {"lengths": lengths, "target_lengths": places.target_lengths})
        y, target = self.values[context.graph.output], places.target
        self._reduce(loss, "loss", "forward_reduce", (y, target), backward=False)
        self._call(context.report, loss, y, target)
        return loss

    def _backward(self) -> None:
        context, output = self.context, self.context.graph.output
        if not context.graph.needs[output]:
            return
        y, target, dy = self.values[output], self.batch.places.target, self._take_gradient(output)
        self._reduce(self.loss, "loss", "backward_reduce", (y, target), backward=True)
        self._call(context.report.backward, self.loss, y, target, dy)
        for node in reversed(context.nodes):
            read = any(value in self.gradients for value in (node.value, *node.outputs.values()))
            if read and context.graph.needs[node.value]:
                self._backward_node(node)

    def _backward_node(self, node: Node) -> None:
        """The calls of one node, whose gradient is complete: all its readers come after it, and have been here."""
        own = [value for value in (node.value, *node.outputs.values()) if value in self.gradients]
        if node.value not in self.gradients:            # only a named output is read
            self._call(self._take_gradient(node.value).fill, 0)
            own.append(node.value)
        layer = self.layers[node.name]
        for key, value in node.outputs.items():
            setattr(layer, f"d{key}", self.gradients.get(value))
        x, y, dy = self._pack(node, self.values), self.values[node.value], self.gradients[node.value]
        dxs, sums = self._source_gradients(node)
        if node.trainable:
            self._reduce(layer, node.name, "backward_reduce", (x, y, dy), backward=True)
        self._call(layer.backward, x, y, dy, tuple(dxs) if node.layer.merges else dxs[0])
        for total, array, _ in sums:
            self._call(np.add, total, array, total)
        for value in own:
            self._pool.give(self._tickets[value])
        for *_, ticket in sums:
            self._pool.give(ticket)

    def _source_gradients(self, node: Node) -> tuple[list, list]:
        """Where a node writes the gradient of each source (None: nobody needs it), and what is to be added up then:
        (gradient, array, the array's ticket) for each source whose gradient another reader has written before. A layer
        replaces what it writes to, so this one writes beside it.
        """
        graph, dxs, sums = self.context.graph, [], []
        for source in node.sources:
            if not graph.needs[source]:
                dxs.append(None)
            elif source in self.gradients:
                array, ticket = self._take(source)
                sums.append((self.gradients[source], array, ticket))
                dxs.append(array)
            else:
                dxs.append(self._take_gradient(source))
        return dxs, sums

    def _take_gradient(self, value: int) -> np.ndarray:
        self.gradients[value], self._tickets[value] = self._take(value)
        return self.gradients[value]

    def _take(self, value: int, dtype: str = "float") -> tuple[np.ndarray, tuple]:
        """An array of a value's shape, and its ticket."""
        spec = tuple(self.context.graph.values[value].spec)
        return self._pool.take(self.batch.rows, spec, dtype, self.context.sizes[value])
