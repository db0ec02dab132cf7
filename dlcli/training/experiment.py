"""What is trained: network, loss, optimizer, schedules and data, put together."""

from dataclasses import dataclass, field

import numpy as np

from dlcli.data.dataset import Data
from dlcli.engine.attack import Attack
from dlcli.engine.batches import Batching
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.limits import Limits, automatic_shards
from dlcli.engine.loss import Loss, WrongTask
from dlcli.engine.memory import CountingArena
from dlcli.engine.metric import Metric
from dlcli.engine.network import Network
from dlcli.engine.optimizer import Optimizer
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
        inputs = {"input" if name == "x" else f"input.{name}": spec for name, spec in self.data.inputs.items()}
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
        """Rows per batch; the whole training split for `all`, and never more than there are."""
        rows, size = self.train_rows, self.training.batch_size
        return rows or 1 if size == "all" else min(size, rows or size)

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
        return Batching(counts=(self.train_rows or 0,), sizes=(self.batch_rows,), accumulate=self.training.accumulate,
                        compares=compares, streams=any(layer.states for layer in layers))

    @property
    def evaluation_rows(self) -> int:
        return int(np.clip(EVALUATION_ELEMENTS // self.graph.elements(), 1, 1024))

    @property
    def shards(self) -> int:
        """Micro-shards per batch; more than it has rows would stay empty."""
        shards = self.training.shards
        return automatic_shards(self.graph, self.batch_rows) if shards == "auto" else min(shards, self.batch_rows)

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
        counts = [(self.data.rows[name],) for name in ("train", "validation") if name in self.data.rows]
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
        )
