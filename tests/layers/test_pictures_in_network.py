"""A network of picture layers, run by the engine: fused or not, on any number of workers, over shards."""

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.engine.batches import Batch
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.kernels.fusions import FUSIONS

CONV = {"conv2d": {"filters": 6, "kernel": 3, "padding": "same", "bias": False}}
ENTRIES = [
    ("conv", CONV, "input"),
    ("norm", "batch_norm", "conv"),
    ("relu", "relu", "norm"),
    ("pool", {"max_pool2d": {"size": 2}}, "relu"),
    ("thin", {"dropout": {"p": 0.2, "per": "channel"}}, "pool"),
    ("conv2", CONV, "thin"),
    ("norm2", {"group_norm": {"groups": 3}}, "conv2"),
    ("sum", "add", "norm2 pool"),
    ("relu2", "relu", "sum"),
    ("conv3", CONV, "relu2"),
    ("relu3", "relu", "conv3"),
    ("pool3", {"max_pool2d": {"size": 3, "stride": 2, "padding": 1}}, "relu3"),
    ("large", {"upsample": {"factor": 2}}, "pool3"),
    ("wide", {"pad": {"padding": 1, "mode": "reflect"}}, "large"),
    ("cut", {"crop": {"size": 5}}, "wide"),
    ("mean", {"avg_pool2d": {"size": 2, "stride": 1}}, "cut"),
    ("bins", {"adaptive_avg_pool2d": {"size": [2, 1]}}, "mean"),
    ("best", "global_max_pool", "relu2"),
    ("all", "global_avg_pool", "bins"),
    ("both", "concat", "best all"),
    ("scores", {"linear": {"units": 4}}, "both"),
]


def network(dtype, shards, workers=1, form="serial", fuse=True):
    made = [Entry(name, create("layers", spec), tuple(sources.split())) for name, spec, sources in ENTRIES]
    graph = Graph(made, {"input": Spec((8, 8, 2))})
    target, rng, loss = Spec((), "int", size=4), np.random.default_rng(0), create("losses", "cross_entropy")
    loss.build(graph.values[graph.output].spec, target)
    net = Network(
        graph,
        loss,
        target,
        create("optimizers", {"sgd": {"learning_rate": 0.1, "momentum": 0.9}}),
        Limits(batch=13, evaluation=13, shards=shards, workers=workers, form=form),
        dtype=dtype,
        seed=3,
        fusions=FUSIONS if fuse else {},
    )
    net.parameters.initialize(3)
    net.add(Dataset({"x": rng.standard_normal((39, 8, 8, 2)).astype(dtype)}, rng.integers(0, 4, 39)))
    net.start()
    return net


def test_gradient_is_right_and_the_same_whether_layers_are_fused():
    apart, fused, rng, h = network("float64", 2, fuse=False), network("float64", 2), np.random.default_rng(1), 1e-7
    assert len(fused.plans.nodes) == len(apart.plans.nodes) - 3
    losses = [net.gradient(net.handles[0], 0, 13) for net in (apart, fused)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    gradient, start = fused.gradients[0].copy(), fused.theta.copy()
    np.testing.assert_allclose(gradient, apart.gradients[0], rtol=1e-9, atol=1e-12)
    v, ends = rng.standard_normal(start.shape), []
    for sign in (1, -1):
        fused.theta[...] = start + sign * h * v
        ends.append(fused.gradient(fused.handles[0], 0, 13))
    assert gradient @ v == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-6)
    apart.close()
    fused.close()


@pytest.mark.parametrize("shards", [1, 4])
def test_workers_do_not_change_a_byte(shards):
    results = set()
    for workers, form in ((1, "serial"), (2, "fork"), (4, "fork"), (3, "thread")):
        net = network("float32", shards, workers, form)
        for step in range(6):
            net.step(net.handles[0], [Batch(step % 3 * 13, 13)], 0, step, 0.1)
        results.add(b"".join(a.tobytes() for a in net.parameters.arrays().values()))
        net.close()
    assert len(results) == 1
