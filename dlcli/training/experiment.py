"""What is trained: network, loss, optimizer, schedules and data, put together."""

from dataclasses import dataclass, field

import numpy as np

from dlcli.data.dataset import Data
from dlcli.engine.attack import Attack
from dlcli.engine.batches import Batching, Bucket
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.limits import Limits, automatic_shards
from dlcli.engine.loss import Loss, WrongTask
from dlcli.engine.memory import CountingArena
from dlcli.engine.metric import Metric
from dlcli.engine.network import Network
from dlcli.engine.optimizer import Optimizer
from dlcli.engine.plans import shorter
from dlcli.engine.schedule import Schedule, Span
from dlcli.engine.spec import Spec
from dlcli.kernels.fusions import FUSIONS
from dlcli.training import attacks
from dlcli.training.settings import InitFrom, Training

EVALUATION_ELEMENTS = 1 << 21
"""Elements that the values of one evaluation batch may have, so that evaluation needs no more memory than training."""


class LossError(ValueError):
    """An output that the loss cannot read; `output` is its Spec. wrong_task: because the target is of the other
    task."""

    def __init__(self, problem: str, output: Spec, wrong_task: bool):
        super().__init__(problem)
        self.output, self.wrong_task = output, wrong_task


@dataclass
class Experiment:
    """Everything that a config describes, built. `values` is the resolved config, from which it can be built again.

    entries: the network as the config has it. graph: the part that is trained; it ends at the score that the loss
    reads, so a final softmax (with cross_entropy), sigmoid or step is left out: `loss.predict` does its work.
    """

    name: str
    seed: int
    entries: list[Entry]
    loss: Loss
    optimizer: Optimizer
    schedules: list[Schedule]
    metrics: list[Metric]
    training: Training
    data: Data
    init_from: InitFrom | None = None
    sampling: str = "uniform"
    values: dict = field(default_factory=dict)

    def __post_init__(self):
        inputs = {_input(name): spec for name, spec in self.data.inputs.items()}
        entries, output = self.entries, None
        kinds = self.loss.prediction_layer
        if entries and entries[-1].layer.kind in (kinds if isinstance(kinds, tuple) else (kinds,)):
            entries, output = entries[:-1], entries[-1].sources[0]
        self.graph = Graph(entries, inputs, output)
        spec = self.graph.values[self.graph.output].spec
        try:
            self.loss.build(spec, self.data.target)
        except ValueError as error:
            raise LossError(str(error), spec, isinstance(error, WrongTask)) from None

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.training.dtype)

    def adversary(self) -> Attack | None:
        """What moves the inputs of training. ValueError, with one plain sentence, if they cannot be moved."""
        settings = self.training.adversarial
        return attacks.build(settings, self.data, self.graph, self.dtype) if settings else None

    @property
    def train_rows(self) -> int | None:
        """Rows of the training split. Of `declared` data nobody knows them."""
        splits = self.data.splits
        return len(splits["train"]) if "train" in splits else self.data.rows.get("train")

    @property
    def batch_rows(self) -> int:
        """Rows of the largest batch; the whole training split for `all`, and never more than there are."""
        return max(self.bucket_sizes)

    @property
    def bucket_sizes(self) -> tuple[int, ...]:
        """Rows per batch of each bucket."""
        rows, size = self.train_rows, self.training.batch_size
        if not isinstance(size, dict):
            return (rows or 1 if size == "all" else min(size, rows or size),) * len(self.bucket_steps)
        each = [max(1, size["tokens"] // steps) for steps in self.bucket_steps]
        return tuple(min(own, rows or own) for own in each)

    @property
    def bucket_steps(self) -> list[int]:
        """Steps of a row in each bucket; 1 if rows are no sequences."""
        longest = {name: spec[0] for name, spec in self.data.inputs.items()
                   if spec.lengths or spec.dtype == "int" and len(spec) == 1}
        return [*(max(bucket.inputs.values()) for bucket in self.data.buckets), max(longest.values(), default=1)]

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """Steps of shorter rows, by input of the graph."""
        return tuple(Bucket({_input(name): steps for name, steps in bucket.inputs.items()}, bucket.target)
                     for bucket in self.data.buckets)

    def check_buckets(self) -> None:
        """ValueError, with one plain sentence, if there is no such network for the rows of some bucket."""
        for bucket in self.buckets:
            shorter(self.graph, self.loss, self.data.target, bucket)

    def output_steps(self, steps: dict[str, int]) -> int | None:
        """Steps of the output for a row of so many steps in each padded field; None if there is no such network."""
        spec = self.graph.values[self.graph.output].spec
        if not (steps and spec.lengths):
            return spec[0]
        try:
            graph = self.graph.cut({_input(name): length for name, length in steps.items()})
        except ValueError:
            return None
        return graph.values[graph.output].spec[0]

    @property
    def last_batch_rows(self) -> int:
        """Rows of an epoch's last batch."""
        batches = self.batching.cut(len(self.batching.counts) - 1)
        return batches[-1] if batches else self.batch_rows

    @property
    def batching(self) -> Batching:
        """How the training rows are cut into batches and steps."""
        layers = [node.layer for node in self.graph.nodes]
        compares = any(node.layer.needs_batch and node.trainable for node in self.graph.nodes)
        counts = self.data.bucket_rows.get("train", (self.train_rows or 0,))
        return Batching(counts=counts, sizes=self.bucket_sizes[-len(counts):], accumulate=self.training.accumulate,
                        compares=compares, streams=any(layer.states for layer in layers))

    @property
    def evaluation_rows(self) -> int:
        return int(np.clip(EVALUATION_ELEMENTS // self.graph.elements(), 1, 1024))

    @property
    def shards(self) -> int:
        """Micro-shards per batch; more than it has rows would stay empty."""
        shards = self.training.shards
        # the work of a batch is about the same in each bucket, if its rows follow from its tokens
        return automatic_shards(self.graph, self.bucket_sizes[-1]) if shards == "auto" else min(shards, self.batch_rows)

    @property
    def span(self) -> Span:
        """Steps per epoch and in all."""
        training = self.training
        steps = training.validate_every or self.batching.steps
        return Span(steps, training.steps or steps * training.epochs)

    @property
    def epochs(self) -> int:
        """How many there will be, of which the last may be short."""
        span = self.span
        return -(-span.total_steps // span.steps_per_epoch) if span.steps_per_epoch else self.training.epochs

    def limits(self, workers: int = 1, form: str = "fork") -> Limits:
        t = self.training
        return Limits(self.batch_rows, self.evaluation_rows, self.shards, t.accumulate, t.clip_norm, t.clip_value,
                      max(1, min(workers, self.shards)), form, tuple(self.batching.shapes))

    def bytes(self) -> int:
        """Memory that the network takes in training, with everything that a batch needs between forward and
        backward."""
        rows, divided = self.data.rows, self.data.bucket_rows
        counts = [divided.get(name, (rows[name],)) for name in ("train", "validation") if name in rows]
        network = Network(
            self.graph,
            self.loss,
            self.data.target,
            self.optimizer,
            self.limits(),
            self.dtype,
            fusions=FUSIONS,
            arena=CountingArena,
            attack=self.adversary(),
            buckets=self.buckets,
        )
        best = bool(self.training.early_stop or self.training.monitor)
        return network.bytes(counts) + best * network.theta.nbytes

    def network(
        self, workers: int = 1, form: str = "fork", train: bool = True, attack: Attack | None = None
    ) -> Network:
        """Memory and plans for this experiment; parameters are not drawn yet. attack: what moves the inputs of an
        evaluation; training has its own, in its settings."""
        return Network(
            self.graph,
            self.loss,
            self.data.target,
            self.optimizer if train else None,
            self.limits(workers, form),
            self.dtype,
            self.seed,
            train,
            FUSIONS,
            attack=self.adversary() if train else attack,
            buckets=self.buckets,
        )


def _input(field: str) -> str:
    """The graph's name of a field of the data."""
    return "input" if field == "x" else f"input.{field}"
