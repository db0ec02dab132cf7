"""Perplexity and bits per character by hand."""

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec


def test_by_hand():
    t = np.array([[0, 1], [2, 2]])
    p = np.array([[[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]], [[0.25, 0.25, 0.5], [0.125, 0.75, 0.125]]])
    for kind, value in (("perplexity", 2 ** ((1 + 2 + 1 + 3) / 4)), ("bits_per_character", (1 + 2 + 1 + 3) / 4)):
        metric = create("metrics", kind)
        metric.start(Spec((2,), "int", size=3))
        metric.update(np.log(p) + 7, p, t)          # scores: softmax does not mind what is added
        assert metric.result() == pytest.approx(value)


def test_a_probability_too_small_for_its_number_is_still_one():
    metric = create("metrics", "bits_per_character")
    metric.start(Spec((), "int", size=2))
    metric.update(np.array([[0.0, 2000.0]], np.float32), np.array([[0.0, 1.0]], np.float32), np.array([0]))
    assert metric.result() == pytest.approx(2000 / np.log(2))


def test_values_have_none():
    with pytest.raises(ValueError, match="perplexity needs class labels"):
        create("metrics", "perplexity").start(Spec((1,)))
