"""Decoding against every path there is."""

from itertools import product

import numpy as np
import pytest

from dlcli.kernels.ctc.beams import beams
from dlcli.kernels.ctc.greedy import collapse, greedy
from dlcli.kernels.ctc.needed import needed_steps


def log_probabilities(rng, steps, classes, scale=1.0):
    y = scale * rng.standard_normal((steps, classes))
    return y - np.log(np.exp(y).sum(-1, keepdims=True))


def every_answer(scores):
    """Log probability of each sequence of tokens: the sum over all paths."""
    steps, classes = scores.shape
    found: dict[tuple, float] = {}
    for path in product(range(classes), repeat=steps):
        tokens = tuple(collapse(np.array(path), classes - 1).tolist())
        found[tokens] = np.logaddexp(found.get(tokens, -np.inf), scores[np.arange(steps), path].sum())
    return found


def test_repeats_are_merged_then_blanks_dropped():
    assert collapse(np.array([2, 0, 0, 2, 0, 1, 1, 2]), 2).tolist() == [0, 0, 1]
    assert collapse(np.array([2, 2]), 2).tolist() == collapse(np.array([], int), 2).tolist() == []


def test_greedy_is_the_best_path():
    scores = log_probabilities(np.random.default_rng(0), 5, 3)
    paths = list(product(range(3), repeat=5))
    values = [scores[np.arange(5), path].sum() for path in paths]
    tokens, value = greedy(scores)
    assert value == pytest.approx(max(values))
    assert tokens.tolist() == collapse(np.array(paths[int(np.argmax(values))]), 2).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_is_exact(seed):
    rng = np.random.default_rng(seed)
    scores = log_probabilities(rng, 5, 3 + seed % 2, 1 + seed)
    expected, found = every_answer(scores), beams(scores, 10_000)
    values = [value for _, value in found]
    assert values == sorted(values, reverse=True)
    assert {tuple(tokens.tolist()) for tokens, _ in found} == set(expected)
    for tokens, value in found:
        assert value == pytest.approx(expected[tuple(tokens.tolist())], abs=1e-10)


def test_a_narrow_beam_never_says_too_much():
    rng, better = np.random.default_rng(0), 0
    for _ in range(30):
        scores = log_probabilities(rng, 6, 3)
        expected, found = every_answer(scores), beams(scores, 4)
        assert len(found) == 4
        assert all(value <= expected[tuple(tokens.tolist())] + 1e-10 for tokens, value in found)
        better += tuple(found[0][0].tolist()) != tuple(greedy(scores)[0].tolist())
    assert better > 3, "sums over paths can beat the best path"


def test_what_is_impossible_is_not_among_the_beams():
    with np.errstate(divide="ignore"):
        scores = np.log([[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]])
    assert [(tokens.tolist(), value) for tokens, value in beams(scores, 10)] == [
        ([], pytest.approx(np.log(0.5))), ([0], pytest.approx(np.log(0.5)))]
    assert [(tokens.tolist(), value) for tokens, value in beams(scores[:0], 3)] == [([], 0.0)]


def test_a_blank_stands_between_equal_tokens():
    t = np.array([[1, 1, 1, 0], [0, 1, 0, 1], [2, 2, 2, 2]])
    assert needed_steps(t).tolist() == [6, 4, 7]
    assert needed_steps(t, np.array([2, 0, 1])).tolist() == [3, 0, 1]
