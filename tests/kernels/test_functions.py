"""The shared arithmetic of kernels/functions.py against the standard library, one number at a time."""

from math import erfc, exp, sqrt

import numpy as np
import pytest

from dlcli.kernels.functions import BLOCK, normal_cdf, sigmoid


def cdf(x):
    out = np.empty_like(x)
    normal_cdf(x, out, np.empty((2, BLOCK), x.dtype))
    return out


def test_normal_cdf_is_right_to_twelve_digits_of_itself():
    x = np.concatenate([np.linspace(-37, 37, 20001), np.linspace(-0.01, 0.01, 2001)])
    exact = np.array([erfc(-v / sqrt(2)) / 2 for v in x])
    np.testing.assert_allclose(cdf(x), exact, rtol=1e-12)
    np.testing.assert_allclose(2 * cdf(x) - 1, 1 - 2 * np.array([erfc(v / sqrt(2)) / 2 for v in x]), atol=1e-14)


def test_normal_cdf_in_float32():
    x = np.linspace(-9, 9, 20001).astype(np.float32)
    exact = np.array([erfc(-float(v) / sqrt(2)) / 2 for v in x])
    np.testing.assert_allclose(cdf(x), exact, atol=2.5e-7, rtol=0)
    np.testing.assert_allclose(cdf(x), exact, rtol=2e-5)


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])
def test_blocks_leave_no_gap(size):
    x = np.random.default_rng(0).standard_normal(size)
    assert np.array_equal(cdf(x), np.concatenate([cdf(part) for part in np.array_split(x, 5) if part.size]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal_cdf_at_the_ends(dtype):
    with np.errstate(all="raise", under="ignore"):
        assert cdf(np.array([0.0, -0.0, np.inf, -np.inf, 1e30, -1e30], dtype)) == pytest.approx(
            [0.5, 0.5, 1, 0, 1, 0], abs=3e-7
        )
    assert np.isnan(cdf(np.array([np.nan], dtype))[0])


def test_sigmoid():
    x = np.linspace(-30, 30, 1001)
    out = np.empty_like(x)
    sigmoid(x, out)
    np.testing.assert_allclose(out, [1 / (1 + exp(-v)) for v in x], atol=1e-15)
