"""Rows of about one length are computed with fewer steps: nothing changes but the time that it takes."""

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.data.ragged import Ragged
from dlcli.engine import registry
from dlcli.engine.batches import Batch, Batching, Bucket
from dlcli.engine.graph import Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.spec import Spec

from .toys import CLASSES, entry

STEPS, ROWS = 12, 40


def made(split: bool, **limits) -> Network:
    """A class for each step, with normalisation over the real ones; buckets of 5, 8 and 12 steps."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, STEPS + 1, ROWS)
    x = rng.standard_normal((ROWS, STEPS, 4))
    t = rng.integers(0, CLASSES, (ROWS, STEPS))
    x, t = (Ragged.of([row[:length] for row, length in zip(a, lengths)], STEPS) for a in (x, t))
    data = Dataset({"x": x}, t, {"x": lengths}, lengths)
    entries = [entry("a", {"conv1d": {"filters": 6, "kernel": 3, "padding": "same"}}, "input"),
               entry("norm", "batch_norm", "a"), entry("t", "tanh", "norm"),
               entry("l", {"linear": {"units": CLASSES}}, "t")]
    graph = Graph(entries, {"input": Spec((STEPS, 4), lengths=True)})
    loss = registry.create("losses", "cross_entropy")
    target = Spec((STEPS,), "int", CLASSES, lengths=True)
    loss.build(graph.values[graph.output].spec, target)
    buckets = (Bucket({"input": 5}, 5), Bucket({"input": 8}, 8)) if split else ()
    if split:
        data.buckets = np.searchsorted([5, 8], lengths)
    counts = tuple(np.bincount(data.buckets).tolist()) if split else (ROWS,)
    shapes = tuple(Batching(counts=counts, sizes=(ROWS,) * len(counts)).shapes)
    limits = Limits(batch=ROWS, shapes=shapes, **limits)
    net = Network(graph, loss, target, registry.create("optimizers", "adam"), limits, "float64", 5, buckets=buckets)
    net.parameters.initialize(5)
    net.add(data)
    return net


@pytest.mark.parametrize("workers, form", [(1, "serial"), (2, "thread"), (2, "fork")])
def test_an_evaluation_in_buckets_gives_every_row_what_it_has_alone(workers, form):
    whole, split = made(False), made(True, shards=2, workers=workers, form=form)
    found = []
    for net in (whole, split):
        outputs = {}

        def keep(a, outputs=outputs):
            for row, y, t, length in zip(a.rows.tolist(), a.y, a.t, a.lengths.tolist()):
                outputs[row] = y[:length].copy(), t[:length].copy()
        with net:
            found.append((net.evaluate(net.handles[0], keep), outputs))
            assert net.handles[0].order.tolist() == list(range(ROWS))
    assert found[1][0] == pytest.approx(found[0][0], rel=1e-12)
    assert sorted(found[1][1]) == list(range(ROWS))
    for row, (y, t) in found[0][1].items():
        np.testing.assert_allclose(found[1][1][row][0], y, rtol=1e-10, atol=1e-12)
        assert (found[1][1][row][1] == t).all()


def test_rows_that_nobody_has_divided_are_computed_with_the_longest():
    whole, split = made(False), made(True)
    split.handles[0].dataset.buckets = None
    with whole, split:
        assert [net.evaluate(net.handles[0], lambda answers: None) for net in (split,)] == \
            pytest.approx([whole.evaluate(whole.handles[0], lambda answers: None)], rel=1e-12)


def test_a_row_that_is_longer_than_its_bucket_is_never_cut():
    split = made(True)
    data = split.handles[0].dataset
    split.reorder(split.handles[0], np.argsort(-data.lengths["x"]))
    with split, pytest.raises(ValueError, match="its bucket 5"):
        split.step(split.handles[0], [Batch(0, split.plans.counts(data)[0], 0)], 0, 0, 0.0)


def test_the_gradient_of_a_bucket_is_that_of_its_rows_padded_further():
    split, whole = made(True), made(False)
    rows = np.flatnonzero(split.handles[0].dataset.buckets == 0)
    whole.handles[0].order[:len(rows)] = rows
    whole.limits = whole.plans.limits = whole.limits._replace(shapes=((len(rows), 0),))
    with split, whole:
        order, steps = Batching(counts=split.plans.counts(split.handles[0].dataset), sizes=(ROWS,) * 3).through(
            np.arange(ROWS), split.handles[0].dataset.buckets)
        split.reorder(split.handles[0], order)
        losses = [net.step(net.handles[0], steps[0], 0, 0, 0.0)[0] for net in (split, whole)]
        assert steps[0][0].rows == len(rows) and losses[0] == pytest.approx(losses[1], rel=1e-12)
        np.testing.assert_allclose(split.gradients[0], whole.gradients[0], rtol=1e-9, atol=1e-13)


def test_buckets_take_no_more_memory_than_the_longest_rows():
    whole, split = made(False), made(True)
    with whole, split:
        own = [{key: block.size for arena in net.plans._arenas for key, block in arena._blocks.items()
                if key[0][0] != "temp"} for net in (whole, split)]      # a convolution may choose other chunks
    assert own[0].keys() == own[1].keys() and all(own[1][key] <= size for key, size in own[0].items())


def test_what_is_made_for_one_length_has_no_other():
    graph = Graph([entry("f", "flatten", "input"), entry("l", {"linear": {"units": 2}}, "f")],
                  {"input": Spec((STEPS, 4))})
    with pytest.raises(ValueError, match="l learns arrays whose shapes follow"):
        graph.cut({"input": 5})
