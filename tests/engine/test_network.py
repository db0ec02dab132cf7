"""The network as a whole: gradients through any graph, shards, accumulation, frozen entries, state, lengths."""

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.engine import registry
from dlcli.engine.graph import Graph, GraphError
from dlcli.engine.network import Limits, Network
from dlcli.engine.probe import trace
from dlcli.engine.spec import Spec
from tests.engine.toys import CLASSES, FEATURES, ROWS, Halve, Running, data, entry, network, train, wide_entries


def slope(made, vector, v, h=1e-6):
    """The derivative of the loss along v by central differences."""
    start, losses = vector.copy(), []
    for sign in (1, -1):
        vector[...] = start + sign * h * v
        losses.append(made.gradient(0))
    vector[...] = start
    return (losses[0] - losses[1]) / (2 * h)


@pytest.mark.parametrize("shards", [1, 3])
def test_gradient_of_a_network_with_skips_batch_statistics_and_dropout(shards):
    made = network(dtype="float64", batch=ROWS, shards=shards)
    made.start()
    made.gradient(0)
    gradient, v = made.gradients[0].copy(), np.random.default_rng(1).standard_normal(made.theta.size)
    assert gradient @ v == pytest.approx(slope(made, made.theta, v), rel=1e-6)


def test_gradient_of_the_whole_batch_does_not_depend_on_shards():
    entries = [e for e in wide_entries() if e.name != "drop"]
    entries[3] = entries[3]._replace(sources=("r1",))        # dropout draws per shard, so it is left out
    found = []
    for shards in (1, 4):
        made = network(entries, dtype="float64", batch=ROWS, shards=shards)
        made.start()
        found.append((made.gradient(0), made.gradients[0].copy()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-9, atol=1e-12)


def test_accumulated_batches_are_one_large_step():
    entries = [entry("l1", {"linear": {"units": 16}}, "input"), entry("a", "tanh", "l1"), entry("l2", {"linear": {"units": CLASSES}}, "a")]
    thetas = []
    for batch, accumulate in ((96, 1), (32, 3), (12, 8)):
        made = network(entries, data(96, "float64"), dtype="float64", batch=batch, accumulate=accumulate)
        made.start()
        train(made, 2)
        thetas.append(made.theta.copy())
    for other in thetas[1:]:
        np.testing.assert_allclose(other, thetas[0], rtol=1e-9)


def test_norm_clipping_scales_the_whole_gradient():
    made = network(optimizer={"sgd": {"learning_rate": 1.0}}, dtype="float64", batch=ROWS, clip_norm=0.05)
    made.start()
    made.gradient(0)
    gradient, before = made.gradients[0].copy(), made.theta.copy()
    _, norm, _ = made.step(0, 0, ROWS, 0, 0, 0.5)
    assert norm == pytest.approx(np.linalg.norm(gradient))
    np.testing.assert_allclose(before - made.theta, 0.5 * gradient * 0.05 / norm, rtol=1e-9, atol=1e-14)


def test_value_clipping_cuts_each_element():
    made = network(optimizer={"sgd": {"learning_rate": 1.0}}, dtype="float64", batch=ROWS, clip_value=0.001)
    made.start()
    made.gradient(0)
    gradient, before = made.gradients[0].copy(), made.theta.copy()
    made.step(0, 0, ROWS, 0, 0, 1.0)
    np.testing.assert_allclose(before - made.theta, np.clip(gradient, -0.001, 0.001), rtol=1e-9, atol=1e-14)


def test_frozen_entries_stay_and_those_before_them_still_learn():
    entries = wide_entries()
    entries[4] = entries[4]._replace(trainable=False)
    made = network(entries, batch=32, last_batch=ROWS % 32)
    made.start()
    before = {name: a.copy() for name, a in made.parameters.arrays().items()}
    train(made, 1)
    changed = {name for name, a in made.parameters.arrays().items() if not np.array_equal(a, before[name])}
    assert not changed & {"l2.W", "l2.b"} and {"l1.W", "l3.W", "norm.running_mean"} <= changed


def test_decayed_parameters_are_one_slice_at_the_front():
    made = network()
    names = [name for name, span in made.parameters.spans.items() if span.stop <= made.parameters.decayed]
    assert names == ["l1.W", "l2.W", "l3.W"]


def test_short_last_batches_and_evaluation_sizes_give_the_same_loss():
    losses = []
    for evaluation in (7, 50, 100, 1000):
        made = network(dtype="float64", evaluation=evaluation)
        made.start()
        rows = []
        losses.append(made.evaluate(0, lambda y, t: rows.append(len(t))))
        assert sum(rows) == ROWS
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)


def test_the_same_draws_at_the_same_place_only():
    made = network(batch=ROWS)
    made.start()
    first, again, other = made.gradient(0, step=3), made.gradient(0, step=3), made.gradient(0, step=4)
    assert first == again != other


def test_carried_state_and_named_outputs():
    entries = [entry("run", Running(), "input"), entry("sum", "add", "run", "run.seen"), entry("l", {"linear": {"units": CLASSES}}, "sum")]
    made = network(entries, dtype="float64", batch=20)
    made.start()
    x = made.feeds[0].dataset.inputs["x"]
    made.gradient(0, 0, 20)
    np.testing.assert_allclose(made.states["run.total"], x[:20])
    made.gradient(0, 20, 20)
    np.testing.assert_allclose(made.states["run.total"], x[:20] + x[20:40])
    plan = made.layers()[0]
    np.testing.assert_allclose(plan.values[made.graph._ids["sum"]], x[20:40] + 2 * made.states["run.total"])


def test_lengths_reach_the_layers_that_follow():
    rng = np.random.default_rng(0)
    lengths = np.array([6, 2, 5, 1])
    rows = Dataset({"x": rng.standard_normal((4, 6, 2))}, np.zeros((4, 3), np.int64), {"x": lengths, "target": np.minimum(lengths, 3)})
    entries = [entry("norm", "batch_norm", "input"), entry("half", Halve(), "norm"),
               entry("on", "tanh", "half"), entry("l", {"linear": {"units": CLASSES}}, "on")]
    graph = Graph(entries, {"input": Spec((6, 2), lengths=True)})
    spec = graph.values[graph.output].spec
    assert tuple(spec) == (3, CLASSES) and spec.lengths
    loss = registry.create("losses", "cross_entropy")
    target = Spec((3,), "int", CLASSES, lengths=True)
    loss.build(spec, target)
    made = Network(graph, loss, target, registry.create("optimizers", "adam"), Limits(batch=4), "float64")
    made.add(rows)
    made.start()
    loss, plan = made.gradient(0), made.layers()[0]
    assert np.isfinite(loss)
    np.testing.assert_array_equal(plan.loss.lengths, np.minimum(lengths, 3))


def test_shapes_that_do_not_fit_name_the_entry_and_what_it_reads():
    with pytest.raises(GraphError, match=r"both: cannot read a \(8,\), b \(4,\)"):
        Graph([entry("a", "relu", "input"), entry("b", {"linear": {"units": 4}}, "a"), entry("both", "add", "a", "b")],
              {"input": Spec((FEATURES,))})


def test_a_trace_sees_every_layer_both_ways_and_changes_nothing():
    made = network(dtype="float64", batch=ROWS)
    made.start()
    plain, seen = made.gradient(0), []
    gradient = made.gradients[0].copy()
    loss = trace(made, 0, lambda name, pass_, x, y, dy, dx: seen.append((name, pass_)))
    names = [node.name for node in made.graph.nodes]
    assert loss == plain and np.array_equal(gradient, made.gradients[0])
    assert [n for n, p in seen if p == "forward"] == names and [n for n, p in seen if p == "backward"] == names[::-1]
