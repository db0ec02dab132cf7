"""Layers that are computed together with a relu: the same as both in turn."""

import numpy as np
import pytest

from dlcli.kernels.fusions import FUSIONS

from .case import Case
from .rig import Rig


def rectified(case, inputs, **options):
    """The same layer on the same arrays, alone and with the relu behind it."""
    alone, both = Rig(case, inputs, **options), Rig(case, inputs, **options)
    relu = Rig(Case("relu"), inputs)
    both.built = FUSIONS[case.kind, "relu"](both.built, relu.built)
    return alone, both.bind(len(alone.layers))


@pytest.mark.parametrize("far", [0, 30])
@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
def test_batch_norm_with_relu_is_both_in_turn(far, train):
    alone, both = rectified(Case("batch_norm"), (4, 4, 3), rows=40, shards=2)
    for rig in (alone, both):
        rig.xs[0][...] += far
        rig.forward(train)
    z = np.maximum(alone.y, 0)
    assert 0.2 < (z > 0).mean() < 0.8
    np.testing.assert_allclose(both.y, z, atol=1e-12)
    alone.dy = alone.dy * (z > 0)
    alone.backward()
    both.backward()
    for name, expected in alone.results().items():
        if name != "y":
            np.testing.assert_allclose(both.results()[name], expected, atol=1e-10, err_msg=name)


def test_add_with_relu_is_both_in_turn():
    case, inputs = Case("add"), ((70, 200, 3),) * 3          # more than one part
    alone, both = Rig(case, inputs, rows=2), Rig(case, inputs, rows=2)
    both.built = FUSIONS["add", "relu"](both.built, Rig(Case("relu"), inputs[0], rows=2).built)
    both.bind(1).forward()
    np.testing.assert_array_equal(both.y, np.maximum(alone.forward(), 0))
    both.backward()
    for dx in both.dxs:
        np.testing.assert_array_equal(dx, both.dy * (both.y > 0))
    both.backward(skip={0})
    np.testing.assert_array_equal(both.dxs[2], both.dy * (both.y > 0))


@pytest.mark.parametrize("options", [{"size": 2}, {"size": 3, "stride": 2, "padding": 1}, {"size": [9, 8]}], ids=str)
def test_relu_with_max_pool_is_both_in_turn(options):
    pool, both = (Rig(Case("max_pool2d", options), (9, 8, 24), rows=60) for _ in range(2))
    assert both.built.planes.samples < 60
    both.built = FUSIONS["relu", "max_pool2d"](Rig(Case("relu"), (9, 8, 24)).built, both.built)
    both.xs[0] -= np.median(pool.forward())     # half of the windows have no positive place
    both.bind(1)
    pool.xs = [np.maximum(both.xs[0], 0)]
    np.testing.assert_array_equal(both.forward(), pool.forward())
    assert 0.2 < (both.y > 0).mean() < 0.9
    both.backward()
    pool.backward()
    np.testing.assert_array_equal(both.dxs[0], pool.dxs[0] * (both.xs[0] > 0))
    assert not pool.built.rectified
