"""Every plan that a network may be asked for, compiled before the workers start, and the memory that they compute on.
"""

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import NamedTuple

import numpy as np

from dlcli.engine.attack import Attack, facing
from dlcli.engine.batches import Batching, Bucket
from dlcli.engine.control import Control
from dlcli.engine.graph import Fusions, Graph, Node, field
from dlcli.engine.limits import Limits
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena, shared
from dlcli.engine.parameters import Parameters
from dlcli.engine.plan import ShardPlan
from dlcli.engine.plan_context import Key, LossCall, Places, PlanContext, ShardBatch
from dlcli.engine.spec import Spec
from dlcli.engine.streams import Stream


class Answers(NamedTuple):
    """What a network gave for a batch, and what was right: y (rows, ...), t (rows, ...).

    lengths, target_lengths: real lengths of the rows of both (int64), None if they are not padded. rows: their numbers
    in the data set. The arrays are overwritten by the next batch.
    """

    y: np.ndarray
    t: np.ndarray
    lengths: np.ndarray | None = None
    target_lengths: np.ndarray | None = None
    rows: np.ndarray | None = None


class BatchPlan(NamedTuple):
    """What is done for the batches of one key: a plan for each shard that has rows.

    number: its place in `Plans`, by which forked workers know it. answers: what it reads and writes. attack: what moves
    the batch's inputs first.
    """

    number: int
    shards: list[ShardPlan]
    answers: Answers
    attack: "BatchPlan | None"


class Form(NamedTuple):
    """The network for the rows of one bucket.

    contexts: of each shard. fronts: those of the network as an attack sees it; [] without one.
    """

    graph: Graph
    target: Spec
    contexts: list[PlanContext]
    fronts: list[PlanContext]


class Plans:
    """The plans of one network by key.

    forms: of each bucket, that of the longest rows last. reduces, states, evaluation_states: as in `PlanContext`; sums:
    of the losses, one per shard. read: function of a plan that brings its rows; it runs first in each. The other
    arguments are those of `Network`.
    """

    def __init__(self, graph: Graph, loss: Loss, target: Spec, parameters: Parameters, limits: Limits, *,
                 gradients: list[np.ndarray], control: Control, read: Callable[[ShardPlan], None], seed: int,
                 trains: bool, fusions: Fusions, arena: type[Arena], attack: Attack | None,
                 buckets: tuple[Bucket, ...]):
        self.limits, self.dtype = limits, parameters.theta.dtype
        self._graph, self._seed, self._trains, self._read, self._attack = graph, seed, trains, read, attack
        self._plans: list[BatchPlan] = []
        self._by_key: dict[Key, BatchPlan] = {}
        self._share(target, loss)
        self._arenas = [arena(self.dtype) for _ in range(limits.shards)]
        self._common = parameters, gradients, control, fusions
        self.forms = [self._form(*shorter(graph, loss, target, bucket)) for bucket in buckets]
        self.forms.append(self._form(graph, loss, target))

    def _form(self, graph: Graph, loss: Loss, target: Spec) -> Form:
        parameters, gradients, control, fusions = self._common
        nodes, sizes = graph.fused(fusions), [prod(value.spec) for value in self._graph.values]
        drawing = [node.name for node in nodes if node.layer.uses_rng] + ["loss"] * loss.uses_rng
        contexts = [
            PlanContext(shard, graph, nodes, sizes, loss, parameters, gradients[shard] if gradients else None, arena,
                        self.reduces, {True: self.states, False: self.evaluation_states},
                        {name: Stream(self._seed, "forward", name) for name in drawing}, control,
                        LossCall(self.sums, control, shard))
            for shard, arena in enumerate(self._arenas)
        ]
        if not self._attack:
            return Form(graph, target, contexts, [])
        front = facing(graph)
        nodes = front.fused(fusions)
        return Form(graph, target, contexts, [c._replace(graph=front, nodes=nodes) for c in contexts])

    def _share(self, target: Spec, loss: Loss) -> None:
        """The memory that all workers see."""
        graph, limits, dtype, k = self._graph, self.limits, self.dtype, self.limits.shards
        modules = [(node.name, node.layer) for node in graph.nodes] + [("loss", loss)]
        self.reduces = {
            (name, key): shared((k, *shape), np.float64) for name, m in modules for key, shape in m.reduces.items()
        }
        states = {f"{node.name}.{key}": shape for node in graph.nodes for key, shape in node.layer.states.items()}
        most = max(limits.largest, limits.evaluation)
        self.states, self.evaluation_states = (
            {name: shared((rows, *shape), dtype) for name, shape in states.items()} for rows in (limits.largest, most)
        )
        value = graph.values[graph.output]
        self._target = shared((most * prod(target),), dtype if target.dtype == "float" else np.int64)
        self._output = shared((most * prod(value.spec),), dtype)
        self._target_lengths = shared(most, np.int64) if target.lengths else None
        self._output_lengths = shared(most, np.int64) if value.lengths is not None else None
        sums = shared(k, dtype if dtype.itemsize > 8 else np.float64)
        self.sums = sums if dtype.itemsize > 8 else memoryview(sums)        # reads of a memoryview are faster

    @property
    def nodes(self) -> list[Node]:
        """What is computed: nodes of the graph, or fewer if layers are fused."""
        return self.forms[-1].contexts[0].nodes

    @property
    def longest(self) -> int:
        """Number of the bucket of the longest rows."""
        return len(self.forms) - 1

    def buckets(self, dataset) -> np.ndarray | None:
        """The bucket of each row: that of the longest, if nobody has divided them. None if there is but one."""
        if not self.longest:
            return None
        return np.full(len(dataset), self.longest) if dataset.buckets is None else dataset.buckets

    def counts(self, dataset) -> tuple[int, ...]:
        """Rows in each bucket."""
        buckets = self.buckets(dataset)
        found = [len(dataset)] if buckets is None else np.bincount(buckets, minlength=len(self.forms)).tolist()
        return tuple(found)

    @property
    def largest(self) -> Answers:
        """Memory for answers with as many rows as there can be, and the longest."""
        most = max(self.limits.largest, self.limits.evaluation)
        return self._answers(Key(False, most, self.longest))

    def _answers(self, key: Key) -> Answers:
        """The front of the memory for outputs and targets, which all plans share."""
        form, rows = self.forms[key.bucket], key.rows
        output = form.graph.values[form.graph.output].spec
        return Answers(_front(self._output, rows, output), _front(self._target, rows, form.target),
                       _first(self._output_lengths, rows), _first(self._target_lengths, rows))

    def keys(self, counts: list[tuple[int, ...]]) -> list[Key]:
        """What batches of data sets with so many rows in each bucket are like; the largest first, since smaller ones
        use its memory."""
        found = {Key(False, *shape) for each in counts for shape in self.evaluation(each).shapes}
        if self._trains:
            found |= {Key(True, *shape) for shape in self.limits.shapes or [(self.limits.batch, 0)]}
        forms = self.forms
        return sorted(found, key=lambda key: (key.rows * forms[key.bucket].graph.elements(), key.rows, key.train),
                      reverse=True)

    def evaluation(self, counts: tuple[int, ...]) -> Batching:
        """How a data set with so many rows in each bucket is evaluated: what is carried from batch to batch as in
        training, in as many streams."""
        rows = self.limits.batch if self.states else self.limits.evaluation
        return Batching(counts=counts, sizes=(rows,) * len(counts), streams=bool(self.states))

    def compile(self, counts: list[tuple[int, ...]]) -> None:
        """Make every plan that data sets with so many rows in each bucket can ask for."""
        for key in self.keys(counts):
            if key not in self._by_key:
                self._by_key[key] = self._compile(key)

    def of(self, train: bool, rows: int, bucket: int = -1) -> BatchPlan:
        """The plan of a key. KeyError if no data set can ask for it."""
        return self._by_key[train, rows, bucket % len(self.forms)]

    def __getitem__(self, number: int) -> BatchPlan:
        return self._plans[number]

    @property
    def bytes(self) -> int:
        """Memory of what is compiled. Of plans made with `CountingArena`, nothing of this is taken."""
        own = [*self.reduces.values(), *self.states.values(), *self.evaluation_states.values(), self._target,
               self._output]
        twice = self._arenas[1:] if self.reduces else []        # if the caller comes to compute alone (`crew.LONG`)
        return sum(a.nbytes for a in own) + sum(a.bytes for a in self._arenas + twice)

    def _compile(self, key: Key) -> BatchPlan:
        k, form = self.limits.shards, self.forms[key.bucket]
        small, larger = divmod(key.rows, k)
        sizes = [small + (shard < larger) for shard in range(k)]
        starts = [sum(sizes[:shard]) for shard in range(k)]
        parts = [(context, start, rows) for context, start, rows in zip(form.contexts, starts, sizes) if rows]
        shards = [self._shard(key, *part) for part in parts]
        attack = None
        if self._attack and key.train == self._trains:
            attack = self._add(key, [self._attacking(key, form.fronts[c.shard], *rest) for c, *rest in parts])
        return self._add(key, shards, attack)

    def _add(self, key: Key, shards: list[ShardPlan], attack: BatchPlan | None = None) -> BatchPlan:
        plan = BatchPlan(len(self._plans), shards, self._answers(key), attack)
        self._plans.append(plan)
        return plan

    def _shard(self, key: Key, context: PlanContext, start: int, rows: int) -> ShardPlan:
        return ShardPlan(context, key, self._batch(key, context, start, rows), key.train, before=[self._read])

    def _attacking(self, key: Key, context: PlanContext, start: int, rows: int) -> ShardPlan:
        batch = self._batch(key, context, start, rows)
        movers = self._attack.movers(context, batch, self._seed)
        before = [self._read, *(mover.begin for mover in movers)]
        return ShardPlan(context, key, batch, True, before, after=[mover.move for mover in movers])

    def _batch(self, key: Key, context: PlanContext, start: int, rows: int) -> ShardBatch:
        """Views for one shard's rows; the plans of a shard all read into the same memory."""
        inputs, lengths, fields, field_lengths = {}, {}, {}, {}
        graph, arena = self.forms[key.bucket].graph, context.arena
        for name, value in graph.inputs.items():
            spec = graph.values[value].spec
            inputs[value] = fields[field(name)] = arena.take(("input", value), (rows, *spec), spec.dtype)
            if spec.lengths:
                lengths[value] = field_lengths[field(name)] = arena.take(("lengths", value), (rows,), "int")
        output, target, *all_lengths = self._answers(key)[:4]
        stop = start + rows
        output_lengths, target_lengths = (None if a is None else a[start:stop] for a in all_lengths)
        places = Places(fields, field_lengths, target[start:stop], target_lengths)
        return ShardBatch(start, rows, inputs, lengths, output[start:stop], output_lengths, places)


def shorter(graph: Graph, loss: Loss, target: Spec, bucket: Bucket) -> tuple[Graph, Loss, Spec]:
    """The same network, loss and target for the rows of a bucket. ValueError if there is no such network."""
    other, loss = graph.cut(bucket.inputs), replace(loss)
    if bucket.target is not None:
        target = target.of_steps(bucket.target)
    loss.build(other.values[other.output].spec, target)
    return other, loss, target


def _front(block: np.ndarray, rows: int, spec: Spec) -> np.ndarray:
    return block[:rows * prod(spec)].reshape(rows, *spec)


def _first(block: np.ndarray | None, rows: int) -> np.ndarray | None:
    return None if block is None else block[:rows]
