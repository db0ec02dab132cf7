"""Every plan that a network may be asked for, compiled before the workers start, and the memory that they compute on.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dlcli.engine.attack import Attack, facing
from dlcli.engine.control import Control
from dlcli.engine.graph import Fusions, Graph, field
from dlcli.engine.limits import Limits
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena, shared
from dlcli.engine.parameters import Parameters
from dlcli.engine.plan import Key, LossCall, PlanContext, ShardBatch, ShardPlan
from dlcli.engine.spec import Spec
from dlcli.engine.streams import Stream


class BatchPlan(NamedTuple):
    """What is done for the batches of one key: a plan for each shard that has rows.

    number: its place in `Plans`, by which forked workers know it. attack: what moves the batch's inputs first.
    """

    number: int
    shards: list[ShardPlan]
    attack: "BatchPlan | None"


class Plans:
    """The plans of one network by key.

    target, output: targets and outputs of the batch computed last, with room for the largest. reduces, states,
    evaluation_states: as in `PlanContext`; sums: of the losses, one per shard. read: function of a plan that brings its
    rows; it runs first in each. The other arguments are those of `Network`.
    """

    def __init__(self, graph: Graph, loss: Loss, target: Spec, parameters: Parameters, limits: Limits, *,
                 gradients: list[np.ndarray], control: Control, read: Callable[[ShardPlan], None], seed: int,
                 trains: bool, fusions: Fusions, arena: type[Arena], attack: Attack | None):
        self.graph, self.limits, self.dtype = graph, limits, parameters.theta.dtype
        self.nodes = graph.fused(fusions)
        self._seed, self._trains, self._read, self._attack = seed, trains, read, attack
        self._plans: list[BatchPlan] = []
        self._by_key: dict[Key, BatchPlan] = {}
        self._share(target, loss)
        self._arenas = [arena(self.dtype) for _ in range(limits.shards)]
        drawing = [node.name for node in self.nodes if node.layer.uses_rng] + ["loss"] * loss.uses_rng
        self._contexts = [
            PlanContext(shard, graph, self.nodes, loss, parameters, gradients[shard] if gradients else None, arena,
                        self.reduces, {True: self.states, False: self.evaluation_states},
                        {name: Stream(seed, "forward", name) for name in drawing}, control,
                        LossCall(self.sums, control, shard))
            for shard, arena in enumerate(self._arenas)
        ]
        if attack:
            front = facing(graph)
            self._fronts = [context._replace(graph=front, nodes=front.fused(fusions)) for context in self._contexts]

    def _share(self, target: Spec, loss: Loss) -> None:
        """The memory that all workers see."""
        graph, limits, dtype, k = self.graph, self.limits, self.dtype, self.limits.shards
        modules = [(node.name, node.layer) for node in self.nodes] + [("loss", loss)]
        self.reduces = {
            (name, key): shared((k, *shape), np.float64) for name, m in modules for key, shape in m.reduces.items()
        }
        states = {f"{node.name}.{key}": shape for node in self.nodes for key, shape in node.layer.states.items()}
        self.states, self.evaluation_states = (
            {name: shared((rows, *shape), dtype) for name, shape in states.items()}
            for rows in (limits.largest, limits.evaluation)
        )
        most = max(limits.largest, limits.evaluation)
        self.target = shared((most, *target), dtype if target.dtype == "float" else np.int64)
        self.output = shared((most, *graph.values[graph.output].spec), dtype)
        sums = shared(k, dtype if dtype.itemsize > 8 else np.float64)
        self.sums = sums if dtype.itemsize > 8 else memoryview(sums)        # reads of a memoryview are faster

    def keys(self, lengths: list[int]) -> list[Key]:
        """What batches of data sets of so many rows are like; the largest first, since smaller ones use its memory."""
        limits = self.limits
        found = {
            Key(False, rows) for length in lengths
            for rows in (min(limits.evaluation, length), length % limits.evaluation)
        }
        if self._trains:
            found |= {Key(True, limits.batch), Key(True, limits.last_batch or limits.batch)}
        return sorted((key for key in found if key.rows), key=lambda key: (key.rows, key.train), reverse=True)

    def compile(self, lengths: list[int]) -> None:
        """Make every plan that data sets of so many rows can ask for."""
        for key in self.keys(lengths):
            if key not in self._by_key:
                self._by_key[key] = self._compile(key)

    def of(self, train: bool, rows: int) -> BatchPlan:
        """The plan of a key. KeyError if no data set can ask for it."""
        return self._by_key[train, rows]

    def __getitem__(self, number: int) -> BatchPlan:
        return self._plans[number]

    @property
    def bytes(self) -> int:
        """Memory of what is compiled. Of plans made with `CountingArena`, nothing of this is taken."""
        own = [*self.reduces.values(), *self.states.values(), *self.evaluation_states.values(), self.target,
               self.output]
        twice = self._arenas[1:] if self.reduces else []        # if the caller comes to compute alone (`crew.LONG`)
        return sum(a.nbytes for a in own) + sum(a.bytes for a in self._arenas + twice)

    def _compile(self, key: Key) -> BatchPlan:
        k = self.limits.shards
        small, larger = divmod(key.rows, k)
        sizes = [small + (shard < larger) for shard in range(k)]
        starts = [sum(sizes[:shard]) for shard in range(k)]
        parts = [(context, start, rows) for context, start, rows in zip(self._contexts, starts, sizes) if rows]
        shards = [self._shard(key, *part) for part in parts]
        attack = None
        if self._attack and key.train == self._trains:
            attack = self._add([self._attacking(key, self._fronts[c.shard], *rest) for c, *rest in parts])
        return self._add(shards, attack)

    def _add(self, shards: list[ShardPlan], attack: BatchPlan | None = None) -> BatchPlan:
        plan = BatchPlan(len(self._plans), shards, attack)
        self._plans.append(plan)
        return plan

    def _shard(self, key: Key, context: PlanContext, start: int, rows: int) -> ShardPlan:
        return ShardPlan(context, key, self._batch(context, start, rows), key.train, before=[self._read])

    def _attacking(self, key: Key, context: PlanContext, start: int, rows: int) -> ShardPlan:
        batch = self._batch(context, start, rows)
        movers = self._attack.movers(context, batch, self._seed)
        before = [self._read, *(mover.begin for mover in movers)]
        return ShardPlan(context, key, batch, True, before, after=[mover.move for mover in movers])

    def _batch(self, context: PlanContext, start: int, rows: int) -> ShardBatch:
        """Views for one shard's rows; the plans of a shard all read into the same memory."""
        inputs, lengths, fields, field_lengths = {}, {}, {}, {}
        for name, value in self.graph.inputs.items():
            spec = self.graph.values[value].spec
            inputs[value] = fields[field(name)] = context.arena.take(("input", value), (rows, *spec), spec.dtype)
            if spec.lengths:
                lengths[value] = field_lengths[field(name)] = context.arena.take(("lengths", value), (rows,), "int")
        target, output = self.target[start:start + rows], self.output[start:start + rows]
        return ShardBatch(start, rows, inputs, lengths, target, output, (fields, target, field_lengths))
