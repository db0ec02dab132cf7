"""Normalisation: what the table of layers cannot show."""

import numpy as np
import pytest

from dlcli.engine.spec import Spec

from .case import Case
from .rig import Rig


@pytest.mark.parametrize("mean", [0, 3, 100, 1e4])
def test_batch_norm_statistics_in_float32_whatever_the_mean_and_wherever_blocks_end(mean):
    # 264,600 numbers: several blocks
    rig = Rig(Case("batch_norm", {"momentum": 1.0}), (7, 9, 6), rows=700, dtype=np.float32, shards=3)
    rig.xs[0][..., 1] += mean
    rig.xs[0][..., 2] = mean
    exact = rig.xs[0].astype(np.float64).reshape(-1, 6)
    rig.forward()
    np.testing.assert_allclose(rig.buffers["running_mean"], exact.mean(axis=0), rtol=2e-7, atol=1e-6)
    np.testing.assert_allclose(rig.buffers["running_var"], exact.var(axis=0, ddof=1), rtol=2e-6, atol=1e-9)


def test_group_norm_statistics_are_those_of_each_sample_and_group():
    rig = Rig(Case("group_norm", {"groups": 2}), (5, 4, 6), rows=3)
    rig.params["weight"][...], rig.params["bias"][...] = 1, 0
    groups = rig.forward().reshape(3, 20, 2, 3)
    np.testing.assert_allclose(groups.mean(axis=(1, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(groups.var(axis=(1, 3)), 1, rtol=1e-4)


def test_group_norm_padding_takes_no_part():
    rig = Rig(Case("group_norm", {"groups": 1}), Spec((6, 4), lengths=True), rows=5)
    rig.forward()
    rig.backward()
    for row, length in enumerate(rig.lengths[0]):
        one = Rig(Case("group_norm", {"groups": 1}), (int(length), 4), rows=1)
        one.xs, one.dy, one.params = [rig.xs[0][row:row + 1, :length]], rig.dy[row:row + 1, :length], rig.params
        one.bind(1).forward()
        one.backward()
        np.testing.assert_allclose(rig.y[row, :length], one.y[0], atol=1e-12)
        np.testing.assert_allclose(rig.dxs[0][row, :length], one.dxs[0][0], atol=1e-12)
        assert not rig.y[row, length:].any() and not rig.dxs[0][row, length:].any()


def test_group_norm_refuses_unequal_groups():
    with pytest.raises(ValueError, match="cannot divide 6 channels into 4 equal groups"):
        Rig(Case("group_norm", {"groups": 4}), (3, 6))
