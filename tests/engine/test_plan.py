"""What a plan consists of: which calls, on which memory, with which draws."""

import numpy as np
import pytest

from dlcli.engine.batches import Batch
from dlcli.engine.graph import Graph
from dlcli.engine.limits import automatic_shards
from dlcli.engine.probe import trace
from dlcli.engine.spec import Spec
from tests.engine.test_network import slope
from tests.engine.toys import CLASSES, ROWS, Running, entry, network, wide_entries


def chain(depth: int, *more) -> list:
    """Hidden layers of one width, 16, and the scores."""
    entries, before = [entry("l0", {"linear": {"units": 16}}, "input")], "l0"
    for i in range(depth):
        entries.append(entry(f"t{i}", "tanh", before))
        before = f"t{i}"
    return [*entries, *more, entry("last", {"linear": {"units": CLASSES}}, more[-1].name if more else before)]


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def test_shards_differ_by_a_row_at_most_and_the_larger_come_first():
    made = network(batch=11, shards=4)
    made.start()
    assert [(plan.context.shard, plan.batch.start, plan.batch.rows) for plan in made.layers()] == [
        (0, 0, 3),
        (1, 3, 3),
        (2, 6, 3),
        (3, 9, 2),
    ]


def test_two_shards_from_five_million_operations_on():
    """Forward takes 2 * 100 * 100 + 100 a row, training three times that."""
    graph = Graph([entry("l", {"linear": {"units": 100}}, "input")], {"input": Spec((100,))})
    row = 3 * (2 * 100 * 100 + 100)
    assert [automatic_shards(graph, batch) for batch in (1, int(5e6 / row), int(5e6 / row) + 1, 10**6)] == [1, 1, 2, 2]


def masks(made, start: int, **place) -> list[bytes]:
    made.gradient(made.handles[0], start, 20, **place)
    return [(plan.layers["drop"].mask > 0).tobytes() for plan in made.layers()]


def test_each_shard_step_epoch_and_accumulated_batch_has_draws_of_its_own():
    made = network(batch=20, shards=2, accumulate=2)
    made.start()
    seen = masks(made, 0) + masks(made, 0, step=1) + masks(made, 0, epoch=1)
    made.step(made.handles[0], [Batch(0, 20), Batch(20, 20)], 0, 0, 0.01)      # leaves the masks of its second batch
    seen += [(plan.layers["drop"].mask > 0).tobytes() for plan in made.layers()]
    assert len(set(seen)) == 8 and masks(made, 0) == seen[:2]


def test_a_frozen_entry_works_as_in_evaluation():
    entries = [e._replace(trainable=e.name not in ("norm", "drop")) for e in wide_entries()]
    made = network(entries, batch=20)
    made.start()
    made.parameters.buffers["norm.running_var"][...] = 4
    made.gradient(made.handles[0], 0, 20)
    plan, ids = made.layers()[0], made.graph._ids
    np.testing.assert_allclose(plan.values[ids["norm"]], plan.values[ids["l1"]] / np.sqrt(4 + 1e-5), rtol=1e-5)
    np.testing.assert_array_equal(plan.values[ids["drop"]], plan.values[ids["r1"]])
    assert (made.parameters.buffers["norm.running_var"] == 4).all() and all(not keys for keys in plan.totals)


def test_gradients_are_made_where_somebody_needs_them_only():
    seen = {}
    frozen = network([e._replace(trainable=e.name in ("l2", "l3")) for e in wide_entries()], batch=20)
    for made in (network(batch=20), frozen):
        made.start()
        seen[made] = {}
        trace(
            made,
            made.handles[0],
            lambda name, pass_, x, y, dy, dx, found=seen[made]: (
                found.update({name: dx}) if pass_ == "backward" else None
            ),
            0,
            20,
        )
    whole, part = seen.values()
    assert whole["l1"] is None and all(whole[name] is not None for name in ("l2", "norm", "r1", "drop"))
    assert (
        set(part) == {"l2", "sum", "t", "l3"}
        and part["l2"] is None
        and part["sum"][0] is not None
        and part["sum"][1] is None
    )


@pytest.mark.parametrize("reads", [("run", "run.seen"), ("run.seen", "run.seen")])
@pytest.mark.parametrize("shards", [1, 2])
def test_gradients_through_named_outputs_and_carried_state(reads, shards):
    entries = [entry("l", {"linear": {"units": 4}}, "input"), entry("run", Running(), "l"), entry("sum", "add", *reads),
               entry("last", {"linear": {"units": CLASSES}}, "sum")]
    made = network(entries, dtype="float64", batch=21, shards=shards)
    made.start()

    def gradient(*_):
        made.states["run.total"][...] = 0
        return type(made).gradient(made, made.handles[0], 0, 21)

    made.gradient = gradient
    made.gradient()
    found, v = made.gradients[0].copy(), np.random.default_rng(1).standard_normal(made.theta.size)
    assert found @ v == pytest.approx(slope(made, made.theta, v), rel=1e-6)
    hidden = made.handles[0].dataset.inputs["x"][:21] @ made.parameters.arrays()["l.W"]
    made.gradient()
    np.testing.assert_allclose(made.states["run.total"], hidden, rtol=1e-6)


def test_parts_are_summed_where_they_are_read():
    made = network(batch=20, shards=2)
    made.start()
    forward, backward = (
        [("norm", key) for key in ("sum", "squares", "count")],
        [("norm", key) for key in ("dsum", "dproduct")],
    )
    assert [set(keys) for keys in made.layers()[0].totals] == [set(forward), set(backward), set()]


def test_memory_does_not_grow_with_depth_where_it_can_be_used_again():
    """Two blocks serve any chain: forward while evaluating, backward while training; three where a value is read
    twice."""
    skip = (entry("sum", "add", "t7", "t3"),)
    for entries, blocks in ((chain(8), 2), (chain(8, *skip), 3)):
        made = network(entries, batch=20, evaluation=30)
        made.start()
        ids, wide = made.graph._ids, [e.name for e in entries if e.name != "last"]
        train, evaluation = made.layers()[0], made.layers(False, 30)[0]
        assert len({address(evaluation.values[ids[name]]) for name in wide}) == blocks
        assert len({address(train.values[ids[name]]) for name in wide}) == len(wide)
        dxs = {address(arguments[-1]) for function, arguments in train.segments[0]
               if getattr(function, "__name__", "") == "backward" and isinstance(arguments[-1], np.ndarray)}
        assert len(dxs) <= blocks + 1       # one more has the width of the scores


def test_a_value_that_many_read_takes_one_block_beside_its_gradient():
    """d(l0), the gradient that comes, the one that goes on, and one to be added to d(l0); and that of the scores."""
    entries, before = [entry("l0", {"linear": {"units": 16}}, "input")], "l0"
    for i in range(5):
        entries += [entry(f"t{i}", "tanh", before), entry(f"s{i}", "add", f"t{i}", "l0")]
        before = f"s{i}"
    made = network([*entries, entry("last", {"linear": {"units": CLASSES}}, before)], batch=20)
    made.start()
    dxs = [dx for function, arguments in made.layers()[0].segments[0] if getattr(function, "__name__", "") == "backward"
           for dx in (arguments[-1] if isinstance(arguments[-1], tuple) else arguments[-1:])]
    assert len({address(dx) for dx in dxs if isinstance(dx, np.ndarray)}) == 5


def test_decay_is_for_the_parameters_that_ask_for_it():
    found = []
    for decay in (0.0, 0.5):
        made = network(optimizer={"adamw": {"weight_decay": decay}}, batch=ROWS)
        made.start()
        made.step(made.handles[0], [Batch(0, ROWS)], 0, 0, 0.1)
        found.append(made.parameters.arrays())
    same = {name for name in found[0] if np.array_equal(found[0][name], found[1][name])}
    assert same == {name for name in found[0] if not name.endswith(".W")}
