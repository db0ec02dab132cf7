"""Small networks and layers for tests of the engine. The layers use parts of the contract that no shipped layer uses
yet."""

from types import MappingProxyType

import numpy as np

from dlcli.data.dataset import Dataset
from dlcli.engine import registry
from dlcli.engine.batches import Batching
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.layer import Layer
from dlcli.engine.network import Limits, Network
from dlcli.engine.spec import Spec

ROWS, FEATURES, CLASSES = 100, 8, 3


class Running(Layer):
    """y = x + everything that this row has seen: a carried state, and the total as a named output."""

    def build(self, x):
        self.remember("total", x)
        self.output("seen", x)
        return x

    def forward(self, x, y, train):
        np.add(self.total, x, self.total)
        np.copyto(self.seen, self.total)
        np.add(x, self.total, y)

    def backward(self, x, y, dy, dx):
        np.multiply(dy, 2, dx)
        if self.dseen is not None:
            np.add(dx, self.dseen, dx)


class Halve(Layer):
    """The first half of the steps, with lengths of its own."""

    def build(self, x):
        return Spec((x[0] // 2, *x[1:]), lengths="own")

    def forward(self, x, y, train):
        np.copyto(y, x[:, :y.shape[1]])
        np.minimum(self.lengths, y.shape[1], out=self.y_lengths)

    def backward(self, x, y, dy, dx):
        dx.fill(0)
        dx[:, :dy.shape[1]] = dy


def entry(name: str, spec, *sources: str, trainable: bool = True) -> Entry:
    layer = spec if isinstance(spec, Layer) else registry.create("layers", spec)
    return Entry(name, layer, sources, trainable)


def wide_entries() -> list[Entry]:
    """Dropout, batch statistics, a skip connection, and a layer that is read twice."""
    return [
        entry("l1", {"linear": {"units": 16}}, "input"),
        entry("norm", "batch_norm", "l1"),
        entry("r1", "relu", "norm"),
        entry("drop", {"dropout": {"p": 0.3}}, "r1"),
        entry("l2", {"linear": {"units": 16}}, "drop"),
        entry("sum", "add", "l2", "r1", "l2"),
        entry("t", "tanh", "sum"),
        entry("l3", {"linear": {"units": CLASSES}}, "t"),
    ]


def data(rows: int = ROWS, dtype="float32", seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, FEATURES)).astype(dtype)
    return Dataset({"x": x}, np.argmax(x[:, :CLASSES] + np.sin(3 * x[:, CLASSES:2 * CLASSES]), 1))


def network(
    entries=None,
    dataset: Dataset | None = None,
    optimizer="adam",
    dtype="float32",
    target=Spec((), "int", CLASSES),
    loss="cross_entropy",
    shape=(FEATURES,),
    train=True,
    fusions=MappingProxyType({}),
    **limits,
) -> Network:
    """By default not fused, so that every value can be looked at."""
    graph = Graph(entries or wide_entries(), {"input": Spec(shape)})
    loss = registry.create("losses", loss)
    loss.build(graph.values[graph.output].spec, target)
    dataset = dataset or data(dtype=dtype)
    batch = min(limits.get("batch", 32), len(dataset))
    limits["shapes"] = limits.get("shapes") or tuple(Batching(counts=(len(dataset),), sizes=(batch,)).shapes)
    made = Network(
        graph,
        loss,
        target,
        registry.create("optimizers", optimizer),
        Limits(**limits),
        dtype,
        seed=5,
        train=train,
        fusions=fusions,
    )
    made.parameters.initialize(5)
    made.add(dataset)
    return made


def train(made: Network, epochs: int = 3) -> list[tuple[float, float, float]]:
    """Every step's loss, gradient norm and weight."""
    limits, step, seen = made.limits, 0, []
    batching = Batching(counts=(len(made.handles[0].dataset),), sizes=(limits.batch,), accumulate=limits.accumulate)
    for epoch in range(epochs):
        for batches in batching.through(made.handles[0].order).steps:
            seen.append(made.step(made.handles[0], batches, epoch, step, 0.01))
            step += 1
    return seen
