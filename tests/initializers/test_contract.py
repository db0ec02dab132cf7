"""What holds for every initializer, row by row of the table."""

import dataclasses
import inspect
from math import prod, sqrt

import numpy as np
import pytest

from dlcli.engine.registry import find, kinds

from .cases import CASES

each = pytest.mark.parametrize("case", CASES, ids=str)
SHAPES = [(400, 300), (300, 400), (3, 3, 40, 60)]
shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


def draw(case, shape, seed=0):
    return find("initializers", case.kind)(**case.options).sample(np.random.default_rng(seed), shape)


def test_every_initializer_and_option_has_a_row():
    for kind in kinds("initializers"):
        cases = [case for case in CASES if case.kind == kind]
        assert cases, f"{kind} has no row in tests/initializers/cases.py"
        for option in dataclasses.fields(find("initializers", kind)):
            assert any(option.name in case.options for case in cases), f"no row sets {kind}'s option {option.name}"


@pytest.mark.parametrize("kind", kinds("initializers"))
def test_is_documented(kind):
    cls = find("initializers", kind)
    assert cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}(")
    for option in dataclasses.fields(cls):
        assert f"\n    {option.name}: " in inspect.getsource(cls)
        assert inspect.getsource(cls).split(f"\n    {option.name}: ")[1].split("\n")[1].strip().startswith('"""'), (
            option.name
        )


@each
@shapes
def test_mean_and_variance_are_the_published_ones(case, shape):
    if case.variance is None:
        return
    sample, variance = draw(case, shape), case.variance(shape)
    n = prod(shape)
    assert abs(sample.mean() - case.mean) <= 5 * sqrt(variance / n) + 1e-15
    # 5 standard errors of a normal's; a uniform's is smaller
    assert abs(sample.var() - variance) <= 5 * variance * sqrt(2 / n)


@each
@pytest.mark.parametrize("shape", [(20, 30), (30, 20), (3, 3, 4, 6), (7,), (1, 1)], ids=str)
def test_is_float64_of_the_shape_and_follows_its_generator_only(case, shape):
    a, b, other = draw(case, shape), draw(case, shape), draw(case, shape, seed=1)
    assert a.dtype == np.float64 and a.shape == shape and np.isfinite(a).all()
    assert np.array_equal(a, b)
    constant = case.variance is not None and case.variance((2, 2)) == 0
    assert constant == np.array_equal(a, other) or shape == (1, 1)
    a[...] = 0                                  # a new array, the caller's own


@pytest.mark.parametrize("options", [{"distribution": "uniform"}, {"distribution": "normal"}], ids=str)
@pytest.mark.parametrize("kind", ["glorot", "he", "lecun"])
def test_distribution(kind, options):
    sample = find("initializers", kind)(**options).sample(np.random.default_rng(0), (400, 300))
    kurtosis = ((sample / sample.std()) ** 4).mean()
    assert kurtosis == pytest.approx(1.8 if options["distribution"] == "uniform" else 3.0, abs=0.05)


@pytest.mark.parametrize("shape", [(40, 40), (60, 40), (40, 60), (3, 3, 4, 60), (3, 3, 4, 20)], ids=str)
@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_orthogonal_has_singular_values_equal_to_gain(shape, gain):
    sample = find("initializers", "orthogonal")(gain=gain).sample(np.random.default_rng(0), shape)
    np.testing.assert_allclose(np.linalg.svd(sample.reshape(-1, shape[-1]), compute_uv=False), gain, rtol=1e-12)


def test_orthogonal_is_uniform_over_orthogonal_matrices():
    orthogonal, rng = find("initializers", "orthogonal")(), np.random.default_rng(0)
    diagonal = [np.diag(orthogonal.sample(rng, (3, 3))).mean() for _ in range(2000)]
    # without the correction of signs, Householder QR leaves it at -0.3 or beyond
    assert abs(np.mean(diagonal)) < 0.04


def test_uniform_refuses_an_empty_range():
    with pytest.raises(ValueError, match="high must be above low"):
        find("initializers", "uniform")(low=1.0, high=1.0)
