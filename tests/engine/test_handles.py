"""The data sets that a network reads, and when its workers are there."""

import numpy as np
import pytest

from tests.engine.toys import data, network


@pytest.mark.parametrize("form, workers", [("serial", 1), ("thread", 2), ("fork", 2)])
def test_each_data_set_is_read_in_its_own_order_as_set_last(form, workers):
    made = network(batch=20, evaluation=20, shards=2, workers=workers, form=form)
    first, second, rng = made.handles[0], made.add(data(60, seed=1)), np.random.default_rng(0)
    with made:
        for _ in range(2):
            order = rng.permutation(60)
            made.reorder(second, order)
            for handle, expected in ((first, np.arange(20, 40)), (second, order[20:40])):
                rows = []
                made.evaluate(handle, lambda a, rows=rows: rows.append(a.t.copy()))
                assert np.array_equal(rows[1], handle.dataset.target[expected])


def test_its_workers_are_there_within_a_with_statement_however_that_ends():
    made = network(batch=20, shards=2, workers=2, form="thread")
    with pytest.raises(KeyError), made:
        assert made.pool.active == 2
        raise KeyError
    assert made.pool is None
