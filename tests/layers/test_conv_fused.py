"""A convolution with the relu and the pooling behind it: the same numbers as one layer after the other."""

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.engine.batches import Batch
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.kernels.conv import winograd
from dlcli.kernels.fusions import FUSIONS

RELU, POOL = "relu", {"max_pool2d": {"size": 2}}
# by windows, and by Winograd's method
SMALL, WIDE = {"filters": 5, "kernel": 3}, {"filters": 8, "kernel": 3, "padding": 1}


def made(picture, conv, behind, fuse, dtype="float64", workers=1, form="serial"):
    specs = [{"conv2d": {**conv, "bias_init": "normal"}}, *behind, "flatten", {"linear": {"units": 3}}]
    names = [f"e{i}" for i in range(len(specs))]
    entries = [
        Entry(name, create("layers", spec), (before,)) for name, spec, before in zip(names, specs, ("input", *names))
    ]
    graph, target = Graph(entries, {"input": Spec(picture)}, input_gradient=True), Spec((), "int", size=3)
    loss, rng = create("losses", "cross_entropy"), np.random.default_rng(0)
    loss.build(graph.values[graph.output].spec, target)
    net = Network(graph, loss, target, create("optimizers", "sgd"),
                  Limits(batch=7, evaluation=7, shards=2, workers=workers, form=form), dtype, 3,
                  fusions=FUSIONS if fuse else {})
    net.parameters.initialize(3)
    net.add(Dataset({"x": rng.standard_normal((7, *picture)).astype(dtype)}, rng.integers(0, 3, 7)))
    net.start()
    return net


@pytest.mark.parametrize(
    ("picture", "conv", "behind", "left"),
    [
        ((6, 6, 2), SMALL, [RELU], 3),
        ((6, 6, 2), SMALL, [RELU, POOL], 4),
        ((6, 6, 2), SMALL, [POOL, RELU], 5),
        ((8, 12, 8), WIDE, [RELU], 3),
        ((8, 12, 8), WIDE, [RELU, POOL], 3),
        ((8, 12, 8), WIDE, [POOL, RELU], 3),
        ((8, 12, 8), WIDE, [POOL], 3),
        ((8, 12, 8), {**WIDE, "bias": False}, [RELU, POOL], 3),
        ((10, 8, 8), WIDE, [RELU, POOL], 4),
        ((40, 40, 9), WIDE, [RELU, POOL], 3),
        ((8, 12, 8), WIDE, [RELU, {"max_pool2d": {"size": 2, "padding": "same"}}], 3),
        ((8, 8, 8), WIDE, [RELU, {"max_pool2d": {"size": [2, 2], "stride": 2, "padding": [1, 0]}}], 4),
        ((8, 8, 8), WIDE, [RELU, {"max_pool2d": {"size": 2, "stride": 1}}], 4),
        ((8, 8, 8), WIDE, [POOL, "tanh"], 4),
        ((8, 8, 8), WIDE, ["tanh", POOL], 5),
        ((8, 8, 8), WIDE, [RELU, RELU], 4),
    ],
)
def test_same_loss_output_and_gradients(picture, conv, behind, left):
    plain, together = (made(picture, conv, behind, fuse) for fuse in (False, True))
    assert len(together.plans.nodes) == left
    agree(plain, together)


def agree(plain, together):
    for net in (plain, together):
        net.loss_value = net.gradient(net.handles[0], 0, 7)
    assert together.loss_value == pytest.approx(plain.loss_value, rel=1e-12)
    np.testing.assert_allclose(together.gradients[0], plain.gradients[0], rtol=1e-9, atol=1e-13)
    for a, b in zip(plain.layers(), together.layers()):
        np.testing.assert_allclose(b.gradients[0], a.gradients[0], rtol=1e-9, atol=1e-13)
    losses = [net.evaluate(net.handles[0], lambda *_: None) for net in (plain, together)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-12)


def test_in_strips_of_a_picture(monkeypatch):
    monkeypatch.setattr(winograd, "ELEMENTS", 27)
    monkeypatch.setattr(winograd, "TILES", 2)
    plain, together = (made((12, 12, 8), WIDE, [RELU, POOL], fuse) for fuse in (False, True))
    assert len(list(together.plans.nodes[0].layer.convolution.chunks(1))) == 3
    agree(plain, together)


def test_workers_do_not_change_a_byte():
    found = set()
    for workers, form in ((1, "serial"), (2, "fork"), (2, "thread")):
        net = made((8, 12, 8), WIDE, [RELU, POOL], True, "float32", workers, form)
        for step in range(3):
            net.step(net.handles[0], [Batch(0, 7)], 0, step, 0.1)
        found.add(net.theta.tobytes())
        net.close()
    assert len(found) == 1


def test_of_equal_places_the_first_takes_the_gradient():
    """A picture without any contrast: the largest place is everywhere, and the pooled gradient must go to the first of
    each four."""
    conv = create("layers", {"conv2d": {"filters": 8, "kernel": 3}})
    conv.build(Spec((6, 6, 8)))
    pool = create("layers", POOL)
    pool.build(Spec((4, 4, 8)))
    both = FUSIONS["conv2d", "max_pool2d"](conv, pool)
    won = np.zeros((1, both.convolution.kept), bool)
    x, W, work, y = (
        np.zeros((1, 6, 6, 8)),
        np.ones((3, 3, 8, 8)),
        np.empty(both.convolution.work),
        np.empty((1, 2, 2, 8)),
    )
    both.convolution.forward(x, W, np.ones(8), y, work, won)
    assert (y == 1).all() and won.all()
