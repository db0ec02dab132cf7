"""How an epoch is cut into batches and steps: the rule of the single row that joins the batch before it, rows of about
one length together, streams."""

import numpy as np
import pytest

from dlcli.engine.batches import Batching, streams


@pytest.mark.parametrize("rows, batch, compares, last", [(50, 7, True, 8), (50, 7, False, 1), (51, 7, True, 2),
                                                         (49, 7, True, 7), (50, 25, True, 25), (50, 49, True, 50)])
def test_a_single_row_is_left_alone_only_if_nothing_compares_rows(rows, batch, compares, last):
    assert Batching(counts=(rows,), sizes=(batch,), compares=compares).cut(0)[-1] == last


@pytest.mark.parametrize("compares", [True, False])
@pytest.mark.parametrize("rows, batch, accumulate", [(50, 7, 1), (50, 7, 3), (50, 7, 7), (50, 7, 9), (51, 7, 2),
                                                     (49, 7, 2), (50, 49, 1), (50, 60, 1), (3, 2, 1), (1, 1, 1)])
def test_steps_and_their_batches_are_all_rows_once(rows, batch, accumulate, compares):
    batching = Batching(counts=(rows,), sizes=(min(batch, rows),), accumulate=accumulate, compares=compares)
    order = np.random.default_rng(1).permutation(rows)
    found, steps = batching.through(order)
    batches = [b for step in steps for b in step]
    assert found.tolist() == order.tolist() and len(steps) == batching.steps
    assert [b.start for b in batches] == np.cumsum([0, *(b.rows for b in batches)])[:-1].tolist()
    assert sum(b.rows for b in batches) == rows and {(b.rows, b.bucket) for b in batches} == set(batching.shapes)
    assert all(len(step) == accumulate for step in steps[:-1])


def test_rows_of_a_bucket_are_together_and_batches_in_another_order():
    rng = np.random.default_rng(0)
    buckets = rng.integers(0, 3, 100)
    counts = tuple(np.bincount(buckets).tolist())
    batching = Batching(counts=counts, sizes=(16, 8, 4), accumulate=2)
    first, second = (batching.through(rng.permutation(100), buckets, np.random.default_rng(i)) for i in (1, 2))
    for order, steps in (first, second):
        batches = [b for step in steps for b in step]
        assert sorted(order) == list(range(100)) and len(steps) == batching.steps
        assert all((buckets[order[b.start:b.start + b.rows]] == b.bucket).all() for b in batches)
        assert {(b.rows, b.bucket) for b in batches} == set(batching.shapes)
    assert [b.bucket for step in first.steps for b in step] != [b.bucket for step in second.steps for b in step]
    by_bucket = [b.bucket for step in batching.through(np.arange(100), buckets).steps for b in step]
    assert by_bucket == sorted(by_bucket)


@pytest.mark.parametrize("rows, count", [(12, 4), (14, 4), (5, 8), (7, 1)])
def test_each_stream_goes_on_in_the_same_row_of_the_next_batch(rows, count):
    order, steps = Batching(counts=(rows,), sizes=(count,), streams=True).through(np.arange(rows))
    assert sorted(order) == list(range(rows))
    before = None
    for batch, in steps:
        own = order[batch.start:batch.start + batch.rows]
        assert before is None or (own == before[:len(own)] + 1).all()
        before = own
    assert sorted(streams(rows, min(count, rows))) == list(range(rows))
