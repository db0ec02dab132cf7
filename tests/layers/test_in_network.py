"""Layers of every sort in one network, run by the engine itself: what a rig cannot show."""

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.engine.batches import Batch
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

ENTRIES = [
    ("vectors", {"embedding": {"units": 3}}, ("input.ids",)),
    ("flat", "flatten", ("vectors",)),
    ("joined", "concat", ("input.x", "flat")),
    ("first", {"linear": {"units": 8, "bias": False}}, ("joined",)),
    ("normed", "batch_norm", ("first",)),
    ("bent", "gelu", ("normed",)),
    ("second", {"linear": {"units": 8}}, ("bent",)),
    ("sloped", {"prelu": {"shared": False}}, ("second",)),
    ("thinned", {"dropout": {"p": 0.2}}, ("sloped",)),
    ("sum", "add", ("thinned", "bent")),
    ("centred", "layer_norm", ("sum",)),
    ("gate", "sigmoid", ("centred",)),
    ("product", "multiply", ("gate", "bent", "centred")),
    ("square", {"reshape": {"shape": [2, 4]}}, ("product",)),
    ("again", "batch_norm", ("square",)),
    ("line", "flatten", ("again",)),
    ("scores", {"linear": {"units": 4}}, ("line",)),
]


def network(dtype, shards, workers=1, form="serial", frozen=()):
    graph = Graph([Entry(name, create("layers", spec), sources, name not in frozen) for name, spec, sources in ENTRIES],
                  {"input.x": Spec((5,)), "input.ids": Spec((2,), "int", size=6)})
    target, rng = Spec((), "int", size=4), np.random.default_rng(0)
    loss = create("losses", "cross_entropy")
    loss.build(graph.values[graph.output].spec, target)
    net = Network(graph, loss, target, create("optimizers", {"adam": {"learning_rate": 0.01}}),
                  Limits(batch=20, evaluation=16, shards=shards, workers=workers, form=form), dtype=dtype, seed=3)
    net.parameters.initialize(3)
    net.add(
        Dataset(
            {"x": rng.standard_normal((60, 5)).astype(dtype), "ids": rng.integers(0, 6, (60, 2))},
            rng.integers(0, 4, 60),
        )
    )
    net.start()
    return net


@pytest.mark.parametrize("frozen", [(), ("normed", "again", "sloped", "thinned")], ids=["trainable", "frozen"])
def test_gradient_of_the_whole_matches_finite_difference(frozen):
    net, rng, h = network("float64", shards=2, frozen=frozen), np.random.default_rng(1), 1e-6
    net.gradient(net.handles[0], 0, 20)
    gradient, theta, start = net.gradients[0].copy(), net.theta, net.theta.copy()
    for _ in range(3):
        v = rng.standard_normal(theta.shape)
        v[net.parameters.trainable:] = 0
        ends = []
        for sign in (1, -1):
            theta[...] = start + sign * h * v
            ends.append(net.gradient(net.handles[0], 0, 20))
        assert gradient @ v == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-7)
    net.close()


@pytest.mark.parametrize("shards", [1, 3])
def test_workers_do_not_change_a_byte(shards):
    results = set()
    for workers, form in ((1, "serial"), (2, "fork"), (3, "thread")):
        net = network("float32", shards, workers, form)
        for step in range(4):
            net.step(net.handles[0], [Batch(step % 3 * 20, 20)], 0, step, 0.01)
        results.add(b"".join(a.tobytes() for a in net.parameters.arrays().values()))
        net.close()
    assert len(results) == 1
