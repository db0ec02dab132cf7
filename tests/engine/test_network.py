"""The network as a whole: gradients through any graph, shards, accumulation, frozen entries, state, lengths, memory."""

import tracemalloc

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.engine import registry
from dlcli.engine.batches import Batch
from dlcli.engine.graph import Graph, GraphError
from dlcli.engine.memory import shared
from dlcli.engine.network import Limits, Network
from dlcli.engine.probe import trace
from dlcli.engine.spec import Spec
from tests.engine.toys import CLASSES, FEATURES, ROWS, Halve, Running, data, entry, network, train, wide_entries


def slope(made, vector, v, h=1e-6):
    """The derivative of the loss along v by central differences."""
    start, losses = vector.copy(), []
    for sign in (1, -1):
        vector[...] = start + sign * h * v
        losses.append(made.gradient(made.handles[0]))
    vector[...] = start
    return (losses[0] - losses[1]) / (2 * h)


@pytest.mark.parametrize("shards", [1, 3])
def test_gradient_of_a_network_with_skips_batch_statistics_and_dropout(shards):
    made = network(dtype="float64", batch=ROWS, shards=shards)
    made.start()
    made.gradient(made.handles[0])
    gradient, v = made.gradients[0].copy(), np.random.default_rng(1).standard_normal(made.theta.size)
    assert gradient @ v == pytest.approx(slope(made, made.theta, v), rel=1e-6)


def test_gradient_of_the_whole_batch_does_not_depend_on_shards():
    entries = [e for e in wide_entries() if e.name != "drop"]
    entries[3] = entries[3]._replace(sources=("r1",))        # dropout draws per shard, so it is left out
    found = []
    for shards in (1, 4):
        made = network(entries, dtype="float64", batch=ROWS, shards=shards)
        made.start()
        found.append((made.gradient(made.handles[0]), made.gradients[0].copy()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("clip", [None, 0.05])
def test_accumulated_batches_are_one_large_step(clip):
    entries = [
        entry("l1", {"linear": {"units": 16}}, "input"),
        entry("a", "tanh", "l1"),
        entry("l2", {"linear": {"units": CLASSES}}, "a"),
    ]
    thetas = []
    for batch, accumulate in ((96, 1), (32, 3), (12, 8)):
        made = network(
            entries, data(96, "float64"), dtype="float64", batch=batch, accumulate=accumulate, clip_norm=clip
        )
        made.start()
        train(made, 2)
        thetas.append(made.theta.copy())
    for other in thetas[1:]:
        np.testing.assert_allclose(other, thetas[0], rtol=1e-9)


@pytest.mark.parametrize("limit", [0.05, 0.9, 1.1])
def test_norm_clipping_scales_the_whole_gradient(limit):
    plain = network(dtype="float64", batch=ROWS)
    plain.start()
    plain.gradient(plain.handles[0])
    gradient, whole = plain.gradients[0].copy(), np.linalg.norm(plain.gradients[0])
    made = network(optimizer={"sgd": {"learning_rate": 1.0}}, dtype="float64", batch=ROWS, clip_norm=limit * whole)
    made.start()
    before = made.theta.copy()
    _, norm, _ = made.step(made.handles[0], [Batch(0, ROWS)], 0, 0, 0.5)
    assert norm == pytest.approx(whole)
    np.testing.assert_allclose(before - made.theta, 0.5 * gradient * min(limit, 1.0), rtol=1e-9, atol=1e-14)


def test_value_clipping_cuts_each_element():
    made = network(optimizer={"sgd": {"learning_rate": 1.0}}, dtype="float64", batch=ROWS, clip_value=0.001)
    made.start()
    made.gradient(made.handles[0])
    gradient, before = made.gradients[0].copy(), made.theta.copy()
    made.step(made.handles[0], [Batch(0, ROWS)], 0, 0, 1.0)
    np.testing.assert_allclose(before - made.theta, np.clip(gradient, -0.001, 0.001), rtol=1e-9, atol=1e-14)


def test_frozen_entries_stay_and_those_before_them_still_learn():
    entries = wide_entries()
    entries[4] = entries[4]._replace(trainable=False)
    made = network(entries, batch=32)
    made.start()
    before = {name: a.copy() for name, a in made.parameters.arrays().items()}
    train(made, 1)
    changed = {name for name, a in made.parameters.arrays().items() if not np.array_equal(a, before[name])}
    assert not changed & {"l2.W", "l2.b"} and {"l1.W", "l3.W", "norm.running_mean"} <= changed


def test_what_the_output_does_not_depend_on_is_left_alone():
    entries = [entry("l1", {"linear": {"units": CLASSES}}, "input"), entry("unread", {"linear": {"units": 4}}, "input")]
    graph = Graph(entries, {"input": Spec((FEATURES,))}, output="l1")
    loss = registry.create("losses", "cross_entropy")
    loss.build(Spec((CLASSES,)), Spec((), "int", CLASSES))
    optimizer = registry.create("optimizers", {"sgd": {"learning_rate": 0.1, "l2": 0.1}})
    made = Network(graph, loss, Spec((), "int", CLASSES), optimizer, Limits(batch=50))
    made.parameters.initialize(1)
    made.add(data())
    made.start()
    before = made.parameters.arrays()["unread.W"].copy()
    train(made, 2)
    assert (
        np.array_equal(made.parameters.arrays()["unread.W"], before)
        and made.parameters.trainable == FEATURES * CLASSES + CLASSES
    )
    assert graph.trains and not Graph(entries[1:], {"input": Spec((FEATURES,))}, output="input").trains


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
        losses.append(made.evaluate(made.handles[0], lambda a, rows=rows: rows.append(len(a.t))))
        assert sum(rows) == ROWS
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)


def test_the_same_draws_at_the_same_place_only():
    made = network(batch=ROWS)
    made.start()
    first, again, other = (made.gradient(made.handles[0], step=step) for step in (3, 3, 4))
    assert first == again != other


def test_carried_state_and_named_outputs():
    entries = [
        entry("run", Running(), "input"),
        entry("sum", "add", "run", "run.seen"),
        entry("l", {"linear": {"units": CLASSES}}, "sum"),
    ]
    made = network(entries, dtype="float64", batch=20)
    made.start()
    x = made.handles[0].dataset.inputs["x"]
    made.step(made.handles[0], [Batch(0, 20)], 0, 0, 0.0)
    np.testing.assert_allclose(made.states["run.total"], x[:20])
    made.step(made.handles[0], [Batch(20, 20)], 0, 1, 0.0)
    np.testing.assert_allclose(made.states["run.total"], x[:20] + x[20:40])
    made.handles[0].dataset.begins = np.arange(ROWS) % 2 == 1
    made.step(made.handles[0], [Batch(40, 20)], 0, 2, 0.0)
    np.testing.assert_allclose(made.states["run.total"][::2], (x[:20] + x[20:40] + x[40:60])[::2])
    np.testing.assert_allclose(made.states["run.total"][1::2], x[41:60:2])
    made.gradient(made.handles[0], 20, 20)          # nothing is carried into it
    np.testing.assert_allclose(made.states["run.total"], x[20:40])
    plan = made.layers()[0]
    np.testing.assert_allclose(plan.values[made.graph._ids["sum"]], x[20:40] + 2 * made.states["run.total"])


def test_evaluation_carries_a_state_of_its_own():
    made = network(
        [entry("run", Running(), "input"), entry("l", {"linear": {"units": CLASSES}}, "run")], batch=20, evaluation=50
    )
    made.start()
    made.gradient(made.handles[0], 0, 20)
    carried = made.states["run.total"].copy()
    first = made.evaluate(made.handles[0], lambda a: None)
    assert np.array_equal(made.states["run.total"], carried)
    assert made.evaluate(made.handles[0], lambda a: None) == first


def test_lengths_reach_the_layers_that_follow():
    rng = np.random.default_rng(0)
    lengths = np.array([6, 2, 5, 1])
    rows = Dataset(
        {"x": rng.standard_normal((4, 6, 2))},
        np.zeros((4, 3), np.int64),
        {"x": lengths},
        np.minimum(lengths, 3),
    )
    entries = [entry("norm", "batch_norm", "input"), entry("half", Halve(), "norm"),
               entry("on", "tanh", "half"), entry("l", {"linear": {"units": CLASSES}}, "on")]
    graph = Graph(entries, {"input": Spec((6, 2), lengths=True)})
    spec = graph.values[graph.output].spec
    assert tuple(spec) == (3, CLASSES) and spec.lengths
    loss = registry.create("losses", "cross_entropy")
    target = Spec((3,), "int", CLASSES, lengths=True)
    loss.build(spec, target)
    made = Network(graph, loss, target, registry.create("optimizers", "adam"), Limits(batch=4), "float64")
    handle = made.add(rows)
    made.start()
    loss, plan = made.gradient(handle), made.layers()[0]
    assert np.isfinite(loss)
    seen = []
    assert made.evaluate(handle, seen.append) > 0 and made.weight(handle, Batch(0, 4)) == 9.0
    for found in (plan.loss.lengths, plan.loss.target_lengths, seen[0].lengths, seen[0].target_lengths):
        np.testing.assert_array_equal(found, np.minimum(lengths, 3))


def test_shapes_that_do_not_fit_name_the_entry_and_what_it_reads():
    with pytest.raises(GraphError, match=r"both: cannot read a \(8,\), b \(4,\)"):
        Graph([entry("a", "relu", "input"), entry("b", {"linear": {"units": 4}}, "a"), entry("both", "add", "a", "b")],
              {"input": Spec((FEATURES,))})


def test_a_trace_sees_every_layer_both_ways_and_changes_nothing():
    made = network(dtype="float64", batch=ROWS)
    made.start()
    plain, seen = made.gradient(made.handles[0]), []
    gradient = made.gradients[0].copy()
    loss = trace(made, made.handles[0], lambda name, pass_, x, y, dy, dx: seen.append((name, pass_)))
    names = [node.name for node in made.graph.nodes]
    calls = len(seen)
    assert made.gradient(made.handles[0]) == loss == plain
    assert np.array_equal(gradient, made.gradients[0]) and len(seen) == calls
    assert [n for n, p in seen if p == "forward"] == names and [n for n, p in seen if p == "backward"] == names[::-1]


@pytest.mark.parametrize("form, workers", [("serial", 1), ("thread", 2)])
def test_an_error_within_a_layer_names_the_entry_and_its_arrays(form, workers):
    made = network(batch=20, shards=2, workers=workers, form=form)
    with made:
        made.layers()[1].layers["l2"].W = np.zeros((3, 3), np.float32)
        with pytest.raises(ValueError) as raised:
            made.gradient(made.handles[0], 0, 20)
    assert raised.value.__notes__ == ["in l2, forward on arrays (10, 16), (10, 16)"]


def test_a_step_allocates_nothing_that_grows_with_the_batch():
    entries = [
        entry("l1", {"linear": {"units": 64}}, "input"),
        entry("r", "relu", "l1"),
        entry("l2", {"linear": {"units": CLASSES}}, "r"),
    ]
    peaks = []
    for rows in (4096, 8 * 4096):
        made = network(entries, data(rows), batch=rows, shards=2, clip_norm=0.1)
        made.start()
        train(made, 1)
        tracemalloc.start()
        try:
            made.step(made.handles[0], [Batch(0, rows)], 1, 2, 0.01)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 4096


def test_temporary_memory_is_shared_and_evaluation_reuses_it():
    made = network(batch=64, evaluation=64)
    made.start()
    before = made.plans._arenas[0].bytes
    smaller = network(batch=64, evaluation=64)
    smaller.start()
    assert smaller.plans._arenas[0].bytes == before
    temps = [plan[0].layers[name] for plan in (made.layers(), made.layers(False, 64)) for name in ("l1", "l2")]
    assert len({layer.ones.__array_interface__["data"][0] for layer in temps}) == 1


def test_more_memory_than_there_can_be_is_a_memory_error():
    for shape in (1 << 60, (1 << 40, 1 << 40)):
        with pytest.raises(MemoryError):
            shared(shape, np.float32)


def test_the_norm_is_right_where_float32_squares_overflow():
    entries = [entry("l1", {"linear": {"units": CLASSES}}, "input")]
    rows = data()
    rows.inputs["x"] *= 1e25
    made = network(entries, rows, optimizer={"sgd": {"learning_rate": 1.0}}, batch=ROWS, clip_norm=1.0)
    made.start()
    made.gradient(made.handles[0])
    exact = np.linalg.norm(made.gradients[0].astype(np.float64))
    with np.errstate(over="ignore"):
        _, norm, _ = made.step(made.handles[0], [Batch(0, ROWS)], 0, 0, 1e-3)
    assert exact > 1e20 and norm == pytest.approx(exact, rel=1e-6) and np.isfinite(made.theta).all()


def test_a_batch_without_weight_changes_nothing():
    loss = {"cross_entropy": {"class_weights": [0.0, 0.0, 1.0]}}
    rows = data()
    rows.target[:20] = 0
    made = network(None, rows, optimizer={"sgd": {"learning_rate": 1.0}}, loss=loss, batch=20)
    made.start()
    before = made.theta.copy()
    assert made.step(made.handles[0], [Batch(0, 20)], 0, 0, 1.0) == (0.0, 0.0, 0.0)
    assert made.gradient(made.handles[0], 0, 20) == 0.0
    assert np.array_equal(made.theta, before)
