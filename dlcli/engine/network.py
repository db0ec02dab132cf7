"""A graph, a loss and an optimizer, made ready to train: memory, plans, shards and workers."""

import math
import mmap
from typing import NamedTuple

import numpy as np

from dlcli.engine import workers as pools
from dlcli.engine.attack import Attack, facing
from dlcli.engine.graph import Graph, field
from dlcli.engine.limits import Limits
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena, shared
from dlcli.engine.optimizer import Optimizer
from dlcli.engine.parameters import Parameters
from dlcli.engine.plan import LossCall, Setting, ShardPlan
from dlcli.engine.spec import Spec
from dlcli.engine.streams import Stream
from dlcli.engine.update import Update

PLAN, SEGMENT, EPOCH, STEP, MICRO, START, FEED, LAST, CLIPS, MOVED = range(10)
"""Words of the shared control block: what the workers are to do."""
RATE, SCALE, FACTOR = range(3)


class Rows(NamedTuple):
    """A data set that a network can read, and the order in which it does: seen by all workers."""

    dataset: object
    order: np.ndarray


class Network:
    """Owns every array; layers hold views.

    After `add` of the data sets and `start`, `step` trains on one batch and `evaluate` runs a data set forward.
    `output` and `target` hold the network's outputs and targets of the batch computed last. fuse: whether layers may be
    computed together (`Layer.fuse`); their values then exist only at the end of each such chain. attack: what moves the
    inputs of every batch before the network sees them: of `step` where the network trains (`evaluate` then stays
    clean), else of `evaluate`.
    """

    def __init__(
        self,
        graph: Graph,
        loss: Loss,
        target: Spec,
        optimizer: Optimizer | None = None,
        limits: Limits = Limits(),
        dtype="float32",
        seed: int = 0,
        train: bool = True,
        fuse: bool = True,
        arena: type[Arena] = Arena,
        attack: Attack | None = None,
    ):
        self.graph, self.loss, self.optimizer, self.limits = graph, loss, optimizer, limits
        self.dtype, self.seed, self.trains, self.target_spec = np.dtype(dtype), seed, train, target
        self.parameters = Parameters(graph, self.dtype)
        self.feeds: list[Rows] = []
        self.pool, self.attack = None, attack
        k = limits.shards
        self.nodes = graph.fused() if fuse else graph.nodes
        modules = [(node.name, node.layer) for node in self.nodes] + [("loss", loss)]
        self.reduces = {
            (name, key): shared((k, *shape), np.float64) for name, m in modules for key, shape in m.reduces.items()
        }
        states = {f"{node.name}.{key}": shape for node in self.nodes for key, shape in node.layer.states.items()}
        self.states, self._evaluation_states = (
            {name: shared((rows, *shape), self.dtype) for name, shape in states.items()}
            for rows in (limits.largest, limits.evaluation)
        )
        self.gradients = [shared(self.parameters.size, self.dtype) for _ in range(k if train or attack else 0)]
        self._words = memoryview(mmap.mmap(-1, 128)).cast("q")
        self._numbers = memoryview(mmap.mmap(-1, 64)).cast("d")
        self._sums = shared(k, self.dtype) if self.dtype.itemsize > 8 else memoryview(mmap.mmap(-1, 8 * k)).cast("d")
        streams = [{name: Stream(seed, "forward", name) for name, m in modules if m.uses_rng} for _ in range(k)]
        carried = {True: self.states, False: self._evaluation_states}
        self._settings = [Setting(graph, self.nodes, loss, self.parameters, self.reduces, carried, s) for s in streams]
        if attack:
            front = facing(graph)
            nodes = front.fused() if fuse else front.nodes
            self._fronts = [setting._replace(graph=front, nodes=nodes) for setting in self._settings]
        self._arenas = [arena(self.dtype) for _ in range(k)]
        most = max(limits.largest, limits.evaluation)
        kind = self.dtype if target.dtype == "float" else np.int64
        self._target = shared((most, *target), kind)
        self._output = shared((most, *graph.values[graph.output].spec), self.dtype)
        self.update = Update(self.parameters, optimizer, self.gradients, limits.workers, limits.accumulate > 1,
                             limits.clip_value) if train and optimizer else None
        self._plans: list[list[ShardPlan]] = []
        self._plan_at: dict[tuple[bool, int], int] = {}     # (whether training, rows of the batch) -> place in `_plans`
        # place of a plan -> that of the plan which attacks its batch first
        self._attacks: dict[int, int] = {}

    @property
    def theta(self) -> np.ndarray:
        return self.parameters.theta

    def add(self, dataset) -> int:
        """Make a data set readable; returns its number. Before `start`, since a forked worker sees only what exists
        then."""
        order = shared(len(dataset), np.int64)
        order[...] = np.arange(len(dataset))
        self.feeds.append(Rows(dataset, order))
        return len(self.feeds) - 1

    def start(self) -> None:
        """Compile every plan that the added data sets can ask for, and start the workers."""
        self._compile_all([len(feed.dataset) for feed in self.feeds])
        self.pool = pools.start([self._run_segment, self._gather, self._apply], self.limits.workers, self.limits.form)

    def _compile_all(self, lengths: list[int]) -> None:
        """Every plan for data sets of so many rows."""
        limits = self.limits
        sizes = {
            (rows, False) for length in lengths for rows in (min(limits.evaluation, length), length % limits.evaluation)
        }
        if self.trains:
            sizes |= {(limits.batch, True), (limits.last_batch or limits.batch, True)}
        for rows, train in sorted(sizes, reverse=True):     # the largest first: smaller ones use its memory
            if rows:
                self._compile(train, rows)

    def bytes(self, lengths: list[int]) -> int:
        """Memory that the network takes with data sets of so many rows, themselves left out. For one made with the
        arena `Ledger`."""
        self._compile_all(lengths)
        own = [
            self.theta,
            *self.parameters.buffers.values(),
            *self.gradients,
            *self.reduces.values(),
            *self.states.values(),
            *self._evaluation_states.values(),
            self._target,
            self._output,
            *(self.update.arrays if self.update else ()),
        ]
        twice = self._arenas[1:] if self.reduces else []        # where the caller comes to compute alone (`crew.LONG`)
        return sum(a.nbytes for a in own) + sum(a.bytes for a in self._arenas + twice) + 8 * sum(lengths)

    def close(self) -> None:
        if self.pool is not None:
            self.pool.close()
            self.pool = None

    def _compile(self, train: bool, rows: int) -> int:
        number = self._plan_at.get((train, rows))
        if number is not None:
            return number
        k = self.limits.shards
        small, larger = divmod(rows, k)
        plans, start = [], 0
        for shard in range(k):
            n = small + (shard < larger)
            if n:
                plans.append(self._shard(train, shard, start, n, rows))
            start += n
        number = self._plan_at[train, rows] = len(self._plans)
        self._plans.append(plans)
        if self.attack and train == self.trains:
            self._attacks[number] = len(self._plans)
            self._plans.append(
                [self._shard(train, plan.shard, plan.start, plan.rows, rows, attacks=True) for plan in plans]
            )
        return number

    def _shard(
        self, train: bool, shard: int, start: int, rows: int, batch_rows: int, attacks: bool = False
    ) -> ShardPlan:
        arena, graph = self._arenas[shard], self.graph
        inputs, lengths = {}, {}
        for value in graph.inputs.values():
            spec = graph.values[value].spec
            inputs[value] = arena.take(("input", value), (rows, *spec), spec.dtype)
            if spec.lengths:
                lengths[value] = arena.take(("lengths", value), (rows,), "int")
        own = slice(start, start + rows)
        target = self._target[own]
        fields = {field(name): inputs[value] for name, value in graph.inputs.items()}
        wide = {field(name): lengths[value] for name, value in graph.inputs.items() if value in lengths}
        setting, backward = (self._fronts if attacks else self._settings)[shard], train or attacks
        plan = ShardPlan(
            setting,
            arena,
            backward,
            shard,
            start,
            rows,
            batch_rows,
            inputs,
            lengths,
            target,
            self._output[own],
            self.gradients[shard] if backward else None,
            self._place,
            LossCall(self._sums, self._numbers[SCALE:], shard),
        )
        plan.segments[0].insert(0, (self._feed, (start, rows, fields, wide, target, train)))
        if attacks:
            self.attack.attach(plan, self.seed, self._begin_attack)
        return plan

    # What the workers run. Each reads from the control block what it is about.

    def _run_segment(self, worker: int, active: int) -> None:
        segment = self._words[SEGMENT]
        for plan in self._plans[self._words[PLAN]][worker::active]:
            try:
                for function, arguments in plan.segments[segment]:
                    function(*arguments)
            except Exception as error:
                error.add_note(plan.describe(function, arguments))
                raise

    def _feed(self, start: int, rows: int, inputs: dict, lengths: dict, target: np.ndarray, train: bool) -> None:
        if self._words[MOVED]:          # the inputs lie where the attack has left them
            return
        dataset, order = self.feeds[self._words[FEED]]
        start += self._words[START]
        dataset.gather(order[start:start + rows], inputs, target, lengths, self._words[EPOCH] if train else None)
        start += self.limits.batch if train else self.limits.evaluation
        dataset.ahead(order[start:start + rows])

    def _place(self, stream: Stream, shard: int) -> None:
        words = self._words
        stream.at(words[EPOCH], words[STEP], words[MICRO] << 32 | shard)

    def _begin_attack(self, stream: Stream, shard: int) -> bool:
        """Place the stream of an attack where the batch stands. False where the attack has begun already."""
        if self._words[MOVED]:
            return False
        self._place(stream, shard)
        return True

    def _gather(self, worker: int, active: int) -> None:
        w = self._words
        rate = None if w[CLIPS] else self._numbers[RATE]
        self.update.gather(worker, active, w[MICRO], len(self._plans[w[PLAN]]), bool(w[LAST]), rate, w[STEP] + 1)

    def _apply(self, worker: int, active: int) -> None:
        self.update.apply(worker, active, self._numbers[FACTOR], self._numbers[RATE], self._words[STEP] + 1)

    def _run(self, number: int) -> float:
        """One plan, on the batch as it is or as the attack has moved it; returns the sum of the losses."""
        words, steps = self._words, self.attack.steps if number in self._attacks else 0
        for words[MOVED] in range(steps):
            self._pass(self._attacks[number])
        words[MOVED] = steps
        loss = self._pass(number)
        words[MOVED] = 0
        return loss

    def _pass(self, number: int) -> float:
        """All segments of one plan; returns the sum of the losses."""
        plans, words = self._plans[number], self._words
        words[PLAN] = number
        for segment, totals in enumerate(plans[0].totals):
            words[SEGMENT] = segment
            self.pool.run(0)
            for key in totals:
                parts = self.reduces[key]
                total = parts[0].copy()
                for part in parts[1:len(plans)]:
                    total += part
                parts[:len(plans)] = total
        return sum(self._sums[:len(plans)])  # in shard order

    def step(
        self, feed: int, start: int, rows: int, epoch: int, step: int, learning_rate: float, each=None
    ) -> tuple[float, float, float]:
        """One step on rows start .. start + rows of a feed's order (several batches where gradients are accumulated).

        step counts from 0. `each(output, target)` is called after each batch, before its buffers are used again.
        Returns the mean loss, the norm of the gradient before norm clipping, and the weight that the loss was divided
        by.
        """
        words, numbers, limits = self._words, self._numbers, self.limits
        self.pool.crew.begin()
        words[EPOCH], words[STEP], words[FEED], words[CLIPS] = epoch, step, feed, limits.clip_norm is not None
        numbers[RATE] = learning_rate
        weight = self.weight(feed, start, rows)
        numbers[SCALE] = 1.0 / weight if weight else 0.0
        loss, stop, micro = 0.0, start + rows, 0
        while start < stop:
            n = limits.portion(stop - start)
            words[START], words[MICRO], words[LAST] = start, micro, start + n == stop
            loss += self._run(self._plan_at[True, n])
            self.pool.run(1)
            if each is not None:
                each(self._output[:n], self._target[:n])
            start += n
            micro += 1
        norm = self.update.norm()
        if limits.clip_norm is not None:
            numbers[FACTOR] = limits.clip_norm / norm if norm > limits.clip_norm else 1.0
            self.pool.run(2)
        self.pool.crew.end(rows == limits.batch * limits.accumulate)
        return loss * numbers[SCALE], norm, weight

    def weight(self, feed: int, start: int, rows: int) -> float:
        """What the loss of these rows is divided by."""
        data, order = self.feeds[feed]
        lengths = data.lengths.get("target") if data.lengths else None
        total, stop, most = 0.0, start + rows, len(self._target)
        # through the batch's own memory, which is filled again by the step
        for begin in range(start, stop, most):
            own = order[begin:min(begin + most, stop)]
            if lengths is not None:
                self.loss.lengths = lengths[own]
            total += self.loss.weight(data.target.take(own, 0, self._target[:len(own)], "clip"))
        return total

    def gradient(self, feed: int, start: int = 0, rows: int | None = None, epoch: int = 0, step: int = 0) -> float:
        """The loss of one batch; its gradient is then in `gradients[0]`. Changes no parameter (gradient checks,
        probes)."""
        words = self._words
        rows = len(self.feeds[feed].dataset) - start if rows is None else rows
        words[EPOCH], words[STEP], words[FEED], words[START], words[MICRO] = epoch, step, feed, start, 0
        weight = self.weight(feed, start, rows)
        self._numbers[SCALE] = 1.0 / weight if weight else 0.0
        number = self._plan_at[True, rows]
        with np.errstate(all="ignore"):
            loss = self._run(number)
        for other in self.gradients[1:len(self._plans[number])]:
            self.gradients[0] += other
        return loss * self._numbers[SCALE]

    def evaluate(self, feed: int, each) -> float:
        """The mean loss over a data set, in evaluation mode, NaN where no row counts; `each(output, target)` sees every
        batch."""
        words, (dataset, _) = self._words, self.feeds[feed]
        words[FEED], words[EPOCH], words[MICRO], self._numbers[SCALE] = feed, 0, 0, 1.0
        for state in self._evaluation_states.values():
            state[...] = 0
        loss = 0.0
        for start in range(0, len(dataset), self.limits.evaluation):
            n = min(self.limits.evaluation, len(dataset) - start)
            words[START] = words[STEP] = start
            self.pool.crew.begin()
            with np.errstate(all="ignore"):
                loss += self._run(self._plan_at[False, n])
            self.pool.crew.end(n == self.limits.evaluation and not self.trains)     # else the steps decide
            each(self._output[:n], self._target[:n])
        weight = self.weight(feed, 0, len(dataset))
        return loss / weight if weight else math.nan

    def layers(self, train: bool = True, rows: int | None = None) -> list[ShardPlan]:
        """The shard plans of a batch size: probes read values, gradients and bound layers there."""
        return self._plans[self._plan_at[train, rows or self.limits.batch]]
