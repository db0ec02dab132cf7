"""How an epoch is cut into batches and steps: the rule of the single row that joins the batch before it."""

import pytest

from dlcli.engine.limits import Limits, last_batch


@pytest.mark.parametrize("rows, batch, compares, last", [(50, 7, True, 8), (50, 7, False, 1), (51, 7, True, 2),
                                                         (49, 7, True, 7), (50, 25, True, 25), (50, 49, True, 50)])
def test_a_single_row_is_left_alone_only_if_nothing_compares_rows(rows, batch, compares, last):
    assert last_batch(rows, batch, compares) == last


@pytest.mark.parametrize("compares", [True, False])
@pytest.mark.parametrize("rows, batch, accumulate", [(50, 7, 1), (50, 7, 3), (50, 7, 7), (50, 7, 9), (51, 7, 2),
                                                     (49, 7, 2), (50, 49, 1), (50, 60, 1), (3, 2, 1), (1, 1, 1)])
def test_steps_and_their_batches_are_all_rows_once(rows, batch, accumulate, compares):
    batch = min(batch, rows)
    last = last_batch(rows, batch, compares)
    limits, position, ends, batches = Limits(batch, accumulate=accumulate, last_batch=last), 0, [0], []
    while position < rows:
        step = limits.step_rows(rows - position)
        left = step
        while left:
            batches.append(limits.batch_rows(left))
            left -= batches[-1]
        position += step
        ends.append(position)
    assert position == rows and len(ends) == limits.steps(rows) + 1
    assert batches[-1] == last and set(batches[:-1]) <= {batch} and max(batches) <= limits.largest
    assert [at for at in range(-1, rows + 3) if limits.is_between(at, rows)] == ends
