"""Layers computed together: the same values and gradients, and only where nobody else reads what lies between."""

import numpy as np
import pytest

from dlcli.engine.graph import Graph
from dlcli.engine.layer import Layer
from dlcli.engine.network import Limits, Network
from dlcli.engine.spec import Spec
from dlcli.layers.linear import Linear
from tests.engine.toys import FEATURES, data, entry, network, train


class LinearRelu(Linear):
    """max(x W + b, 0) as one layer."""

    def forward(self, x, y, train):
        super().forward(x, y, train)
        np.maximum(y, 0, out=y)

    def backward(self, x, y, dy, dx):
        np.multiply(dy, y > 0, dy)
        super().backward(x, y, dy, dx)


class Fusing(Linear):
    """A linear layer that takes in a relu."""

    def build(self, x):
        self.spec = x
        return super().build(x)


def both(linear: Fusing, relu: Layer) -> LinearRelu:
    made = LinearRelu(units=linear.units)
    made.build(linear.spec)
    return made


FUSIONS = {(Fusing.kind, "relu"): both}


def entries(*, read_twice=False, frozen=()):
    second = ("r1", "l1") if read_twice else ("r1", "input")
    return [
        entry("l1", Fusing(units=FEATURES), "input", trainable="l1" not in frozen),
        entry("r1", "relu", "l1"),
        entry("sum", "add", *second),
        entry("l2", Fusing(units=6), "sum"),
        entry("r2", "relu", "l2"),
        entry("t", "tanh", "r2"),
        entry("l3", {"linear": {"units": 3}}, "t"),
    ]


def names(made: Network) -> list[str]:
    return [node.name for node in made.plans.nodes]


def test_a_fused_network_learns_what_the_separate_layers_do():
    made = network(entries(), batch=20, shards=2, fusions=FUSIONS)
    made.start()
    plain = Network(
        made.graph, made.loss, Spec((), "int", 3), made.update.optimizer, Limits(batch=20, shards=2), seed=5
    )
    plain.parameters.initialize(5)
    plain.add(data())
    plain.start()
    assert names(made) == ["l1", "sum", "l2", "t", "l3"]
    assert names(plain) == ["l1", "r1", "sum", "l2", "r2", "t", "l3"]
    np.testing.assert_allclose(train(made), train(plain), rtol=1e-5)
    np.testing.assert_allclose(made.theta, plain.theta, rtol=1e-4, atol=1e-6)
    values = [net.layers()[0].values for net in (made, plain)]
    assert made.graph._ids["l1"] not in values[0] and made.graph._ids["l1"] in values[1]


@pytest.mark.parametrize(("options", "left"), [({"read_twice": True}, ["l1", "r1", "sum", "l2", "t", "l3"]),
                                               ({"frozen": ("l1",)}, ["l1", "r1", "sum", "l2", "t", "l3"])])
def test_values_that_others_read_stay(options, left):
    assert names(network(entries(**options), batch=20, fusions=FUSIONS)) == left


def test_the_output_of_the_network_is_never_taken_in():
    graph = Graph(
        [entry("l1", Fusing(units=3), "input"), entry("r1", "relu", "l1")], {"input": Spec((FEATURES,))}, "l1"
    )
    assert [node.name for node in graph.fused(FUSIONS)] == ["l1", "r1"]
    assert [node.name for node in Graph([entry("l1", Fusing(units=3), "input"), entry("r1", "relu", "l1")],
                                        {"input": Spec((FEATURES,))}).fused(FUSIONS)] == ["l1"]


def test_the_first_line_that_fits_has_the_chain():
    """Whatever its place in the network: a relu may be wanted from both sides. None: not for these shapes."""
    made = [entry("l", Fusing(units=3), "input"), entry("r", "relu", "l"), entry("t", "tanh", "r"),
            entry("e", "elu", "t")]
    graph, seen = Graph(made, {"input": Spec((FEATURES,))}), []

    def names(fusions):
        return [node.name for node in graph.fused(fusions)]

    def one(*layers):
        seen.append([layer.kind for layer in layers])
        return layers[0]

    assert names({}) == ["l", "r", "t", "e"]
    assert names({("relu", "tanh"): one, (Fusing.kind, "relu"): one}) == ["l", "r", "e"]
    assert names({(Fusing.kind, "relu"): one, ("relu", "tanh"): one}) == ["l", "t", "e"]
    assert names({("relu", "tanh"): lambda *_: None, ("relu", "tanh", "elu"): one}) == ["l", "r"]
    assert seen == [["relu", "tanh"], [Fusing.kind, "relu"], ["relu", "tanh", "elu"]]
