"""A graph, a loss and an optimizer, made ready to train: parameters, plans, workers, and what they are told."""

import math
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from dlcli.engine import workers as pools
from dlcli.engine.attack import Attack
from dlcli.engine.batches import Batch, Bucket
from dlcli.engine.control import Control
from dlcli.engine.crew import Crew
from dlcli.engine.graph import Fusions, Graph
from dlcli.engine.handle import Handle
from dlcli.engine.limits import Limits
from dlcli.engine.loss import Loss
from dlcli.engine.memory import Arena, shared
from dlcli.engine.optimizer import Optimizer
from dlcli.engine.parameters import Parameters
from dlcli.engine.plan import ShardPlan
from dlcli.engine.plans import Answers, BatchPlan, Plans
from dlcli.engine.spec import Spec
from dlcli.engine.update import Update

SEGMENT, GATHER, APPLY = range(3)
"""What a pool can run: a segment of a plan, then the two halves of `Update`."""


class Network:
    """Owns every array; layers hold views.

    Data sets are added, then it is started; `with network:` starts it, and ends its workers afterwards. `step` trains
    on one batch, `evaluate` runs a data set forward.

    fusions: layers that may be computed together. Their values then exist only at the end of each such chain: leave it
    out if they are to be seen (gradient checks, probes). attack: what moves the inputs of every batch before the
    network sees them: of `step` if the network trains (`evaluate` then stays clean), else of `evaluate`. buckets: for
    padded rows, fewer steps that shorter ones are computed with, ascending; the longest are those of `graph`.
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
        fusions: Fusions = MappingProxyType({}),
        arena: type[Arena] = Arena,
        attack: Attack | None = None,
        buckets: tuple[Bucket, ...] = (),
    ):
        self.graph, self.loss, self.limits, self.trains, self.attack = graph, loss, limits, train, attack
        self.dtype = np.dtype(dtype)
        self.parameters = Parameters(graph, self.dtype)
        self.handles: list[Handle] = []
        self.pool = self.crew = None
        shards = limits.shards if train or attack else 0
        self.gradients = [shared(self.parameters.size, self.dtype) for _ in range(shards)]
        self.control = Control.shared()
        self.plans = Plans(graph, loss, target, self.parameters, limits, gradients=self.gradients, control=self.control,
                           read=self._read, seed=seed, trains=train, fusions=fusions, arena=arena, attack=attack,
                           buckets=buckets)
        self.update = Update(self.parameters, optimizer, self.gradients, limits.workers, limits.accumulate > 1,
                             limits.clip_value) if train and optimizer else None

    @property
    def theta(self) -> np.ndarray:
        return self.parameters.theta

    @property
    def states(self) -> dict[str, np.ndarray]:
        """What layers carry from batch to batch of training, by `<entry>.<name>`."""
        return self.plans.states

    def add(self, dataset) -> Handle:
        """Make a data set readable, in its own order. Before `start`: a forked worker sees only what exists then."""
        order = shared(len(dataset), np.int64)
        order[...] = np.arange(len(dataset))
        self.handles.append(Handle(len(self.handles), dataset, order))
        return self.handles[-1]

    def reorder(self, handle: Handle, order: np.ndarray) -> None:
        """Read a data set in another order from now on: as many row numbers as it has rows."""
        handle.order[...] = order

    def start(self) -> None:
        """Compile every plan that the added data sets can ask for, and start the workers."""
        self.plans.compile([self.plans.counts(handle.dataset) for handle in self.handles])
        self.pool = pools.start([self._run_segment, self._gather, self._apply], self.limits.workers, self.limits.form)
        self.crew = Crew(self.pool)

    def close(self) -> None:
        if self.pool is not None:
            self.pool.close()
            self.pool = self.crew = None

    def __enter__(self) -> "Network":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def bytes(self, counts: list[tuple[int, ...]]) -> int:
        """Memory that the network takes with data sets of so many rows in each bucket, themselves left out. For one
        made with `CountingArena`."""
        self.plans.compile(counts)
        own = [self.theta, *self.parameters.buffers.values(), *self.gradients]
        own += self.update.arrays if self.update else ()
        return sum(a.nbytes for a in own) + self.plans.bytes + 8 * sum(map(sum, counts))

    # What the workers run. Each reads from `control` what it is about.

    def _run_segment(self, worker: int, active: int) -> None:
        control = self.control
        segment = control.segment
        for plan in self.plans[control.plan].shards[worker::active]:
            try:
                for function, arguments in plan.segments[segment]:
                    function(*arguments)
            except Exception as error:
                error.add_note(plan.describe(function, arguments))
                raise

    def _read(self, plan: ShardPlan) -> None:
        """Bring a plan's rows from the data set."""
        control = self.control
        if control.moved:               # the inputs lie where the attack has left them
            return
        _, dataset, order = self.handles[control.handle]
        train, batch = plan.key.train, plan.batch
        start = control.start + batch.start
        dataset.gather(order[start:start + batch.rows], batch.places, control.epoch if train else None)
        start += plan.key.rows
        dataset.ahead(order[start:start + batch.rows])

    def _gather(self, worker: int, active: int) -> None:
        c = self.control
        rate = None if self.limits.clip_norm is not None else c.learning_rate      # else `_apply` follows
        shards = len(self.plans[c.plan].shards)
        self.update.gather(worker, active, c.micro, shards, bool(c.last), rate, c.step + 1)

    def _apply(self, worker: int, active: int) -> None:
        c = self.control
        self.update.apply(worker, active, c.factor, c.learning_rate, c.step + 1)

    def _run(self, plan: BatchPlan) -> float:
        """One plan, on the batch as it is or as the attack has moved it; returns the sum of the losses."""
        control, steps = self.control, self.attack.steps if plan.attack else 0
        for control.moved in range(steps):
            self._pass(plan.attack)
        control.moved = steps
        loss = self._pass(plan)
        control.moved = 0
        return loss

    def _pass(self, plan: BatchPlan) -> float:
        """All segments of one plan; returns the sum of the losses."""
        control, k = self.control, len(plan.shards)
        control.plan = plan.number
        for segment, totals in enumerate(plan.shards[0].totals):
            control.segment = segment
            self.pool.run(SEGMENT)
            for key in totals:
                parts = self.plans.reduces[key]
                total = parts[0].copy()
                for part in parts[1:k]:
                    total += part
                parts[:k] = total
        return sum(self.plans.sums[:k])         # in shard order

    def step(
        self, handle: Handle, batches: Sequence[Batch], epoch: int, step: int, learning_rate: float, each=None
    ) -> tuple[float, float, float]:
        """One step on batches of a data set's order (several if gradients are accumulated).

        step counts from 0. `each(answers)` is called after each batch, before its buffers are used again. Returns the
        mean loss, the norm of the gradient before norm clipping, and the weight that the loss was divided by.
        """
        control, limits = self.control, self.limits
        self.crew.begin()
        control.handle, control.epoch, control.step = handle.number, epoch, step
        control.learning_rate = learning_rate
        weight = sum([self.weight(handle, batch, epoch) for batch in batches])
        control.scale = 1.0 / weight if weight else 0.0
        loss, rows, last = 0.0, 0, len(batches) - 1
        for micro, batch in enumerate(batches):
            control.start, control.micro, control.last = batch.start, micro, micro == last
            self._begin_streams(self.plans.states, handle, batch)
            plan = self.plans.of(True, batch.rows, batch.bucket)
            loss += self._run(plan)
            self.pool.run(GATHER)
            if each is not None:
                each(self._answers(plan, handle, batch))
            rows += batch.rows
        norm = self.update.norm()
        if limits.clip_norm is not None:
            control.factor = limits.clip_norm / norm if norm > limits.clip_norm else 1.0
            self.pool.run(APPLY)
        self.crew.end(rows == limits.batch * limits.accumulate)
        return loss * control.scale, norm, weight

    def _begin_streams(self, states: dict[str, np.ndarray], handle: Handle, batch: Batch) -> None:
        """Zero what is carried, of all rows at the begin of a pass, and of those with which a stream begins anew."""
        if not states:
            return
        begins = handle.dataset.begins
        for state in states.values():
            if batch.start == 0:
                state[...] = 0
            elif begins is not None:
                state[:batch.rows][begins[handle.order[batch.start:batch.start + batch.rows]]] = 0

    def _answers(self, plan: BatchPlan, handle: Handle, batch: Batch) -> Answers:
        return Answers(*plan.answers[:4], handle.order[batch.start:batch.start + batch.rows])

    def weight(self, handle: Handle, batch: Batch, epoch: int | None = None) -> float:
        """What the loss of these rows is divided by. epoch: that of training; None in an evaluation."""
        # through the batch's own memory, which is filled again when it is computed
        _, target, _, lengths, _ = self.plans.of(epoch is not None, batch.rows, batch.bucket).answers
        rows = handle.order[batch.start:batch.start + batch.rows]
        handle.dataset.gather_target(rows, target, lengths, epoch)
        self.loss.target_lengths = lengths
        return self.loss.weight(target)

    def gradient(self, handle: Handle, start: int = 0, rows: int | None = None, epoch: int = 0, step: int = 0) -> float:
        """The loss of one batch, with nothing carried from others; its gradient is then in `gradients[0]`. Changes no
        parameter (gradient checks, probes)."""
        control, states = self.control, self.plans.states
        batch = Batch(start, len(handle.dataset) - start if rows is None else rows, self.plans.longest)
        control.handle, control.epoch, control.step = handle.number, epoch, step
        control.start, control.micro = start, 0
        weight = self.weight(handle, batch, epoch)
        control.scale = 1.0 / weight if weight else 0.0
        plan = self.plans.of(True, batch.rows, batch.bucket)
        for state in states.values():
            state[...] = 0
        with np.errstate(all="ignore"):
            loss = self._run(plan)
        for other in self.gradients[1:len(plan.shards)]:
            self.gradients[0] += other
        return loss * control.scale

    def evaluate(self, handle: Handle, each) -> float:
        """The mean loss over a data set, in evaluation mode, NaN if no row counts; `each(answers)` sees every batch.

        Rows of one bucket follow each other, and what is carried is carried in streams: `answers.rows` says which rows
        they are.
        """
        control, plans = self.control, self.plans
        batching = plans.evaluation(plans.counts(handle.dataset))
        before = handle.order.copy()
        order = np.arange(len(before)) if batching.streams else before
        handle.order[...], steps = batching.through(order, plans.buckets(handle.dataset))
        control.handle, control.epoch, control.micro, control.scale = handle.number, 0, 0, 1.0
        loss = weight = 0.0
        try:
            for batch, in steps:
                control.start = control.step = batch.start
                self._begin_streams(plans.evaluation_states, handle, batch)
                self.crew.begin()
                weight += self.weight(handle, batch)
                plan = plans.of(False, batch.rows, batch.bucket)
                with np.errstate(all="ignore"):
                    loss += self._run(plan)
                self.crew.end(batch.rows == batching.sizes[0] and not self.trains)       # else the steps decide
                each(self._answers(plan, handle, batch))
        finally:
            handle.order[...] = before
        return loss / weight if weight else math.nan

    def forget(self) -> None:
        """Begin anew: whatever was carried by `advance` or an evaluation is zero."""
        for state in self.plans.evaluation_states.values():
            state[...] = 0

    def advance(self, handle: Handle) -> np.ndarray:
        """Compute all rows of a data set as one batch of an evaluation, which goes on from what is carried; returns the
        output, which the next call overwrites."""
        plan = self.plans.of(False, len(handle.dataset), self.plans.longest)
        self.control.handle, self.control.start, self.control.scale = handle.number, 0, 1.0
        with np.errstate(all="ignore"):
            self._run(plan)
        return plan.answers.y

    def layers(self, train: bool = True, rows: int | None = None) -> list[ShardPlan]:
        """The shard plans of a batch size and the longest rows: probes read values, gradients and bound layers
        there."""
        return self.plans.of(train, rows or self.limits.batch, self.plans.longest).shards
